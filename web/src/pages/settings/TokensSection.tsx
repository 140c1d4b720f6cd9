import { useState } from "preact/hooks";
import { api, segment } from "../../api/client";
import type { TokenInfo } from "../../api/types";
import { type LoadedState, useLoaded } from "../../api/useLoaded";
import { nowMs } from "../../clock";
import { project as currentProject, type Project } from "../../session";
import { Badge } from "../../ui/Badge";
import { Button } from "../../ui/Button";
import { ConfirmDialog } from "../../ui/Dialog";
import { Panel } from "../../ui/Panel";
import { EmptyState, Loaded, SkeletonRows } from "../../ui/States";
import { type Column, Table } from "../../ui/Table";
import { Time } from "../../ui/Time";
import { toast } from "../../ui/Toast";
import { isForbidden, NoProject, NotYours } from "./ofProject";
import { TokenDialog } from "./TokenDialog";

/** The tokens of the project that the address names. */
export default function TokensSection() {
  const project = currentProject.value;
  if (project === null) {
    return <NoProject icon="key">A token belongs to one project. Choose it in the navigation.</NoProject>;
  }
  return <Tokens key={project.id} project={project} />;
}

function Tokens({ project }: { project: Project }) {
  const tokens = useLoaded(
    (signal) => api.get<TokenInfo[]>("/v1/tokens", { query: { project_id: project.id }, signal }),
    [project.id],
  );
  const [isCreating, setCreating] = useState(false);
  if (isForbidden(tokens.error)) {
    return (
      <NotYours icon="key">
        The tokens of {project.name} are for its owner and for administrators. You can choose another project in the
        navigation.
      </NotYours>
    );
  }
  const create = () => setCreating(true);
  return (
    <>
      <Panel
        title={`Tokens of ${project.name}`}
        about="For scripts, CI and agents that read this project or change its errors. Apps send with the key instead."
        actions={
          <Button kind="primary" icon="plus" onClick={create}>
            Create token
          </Button>
        }
        flush
      >
        <Loaded from={tokens} skeleton={<SkeletonRows rows={3} height="3.5rem" />}>
          {(rows) => <TokenLists rows={rows} from={tokens} create={create} />}
        </Loaded>
      </Panel>
      {isCreating && <TokenDialog project={project} onClose={() => setCreating(false)} onMade={tokens.reload} />}
    </>
  );
}

interface TokenListsProps {
  rows: readonly TokenInfo[];
  from: LoadedState<TokenInfo[]>;
  create: () => void;
}

/** Those that work, and when asked for those that do not any more. */
function TokenLists({ rows, from, create }: TokenListsProps) {
  const [showsEnded, setShowsEnded] = useState(false);
  const [revoking, setRevoking] = useState<TokenInfo | null>(null);
  const nowSecs = nowMs() / 1000;
  const ended = rows.filter((token) => token.revoked_at !== null || isOver(token, nowSecs));
  const good = rows.filter((token) => !ended.includes(token));

  async function revoke(token: TokenInfo): Promise<void> {
    await api.delete(`/v1/tokens/${segment(token.id)}`);
    const revoked_at = Math.floor(nowMs() / 1000);
    from.change((now) => now.map((known) => (known.id === token.id ? { ...known, revoked_at } : known)));
    setRevoking(null);
    toast(`${token.name} is revoked.`);
  }

  const revokeColumn: Column<TokenInfo> = {
    title: "Acts",
    hideTitle: true,
    corner: true,
    number: true,
    cell: (token) => (
      <Button size="small" label={`Revoke ${token.name}`} title="Revoke" onClick={() => setRevoking(token)}>
        Revoke
      </Button>
    ),
  };
  const stateColumn: Column<TokenInfo> = {
    title: "State",
    cell: (token) =>
      token.revoked_at === null ? (
        <Badge>expired</Badge>
      ) : (
        <span class="row">
          <Badge tone="bad">revoked</Badge> <Time secs={token.revoked_at} />
        </span>
      ),
  };
  return (
    <>
      {good.length === 0 ? (
        <EmptyState
          icon="key"
          title={ended.length === 0 ? "No tokens yet" : "No token works at present"}
          actions={
            <Button icon="plus" onClick={create}>
              Create token
            </Button>
          }
        >
          With a token, a script or an agent uses the HTTP API in its own name, for this project alone.
        </EmptyState>
      ) : (
        <Table
          caption="Tokens"
          rows={good}
          rowKey={(token) => token.id}
          columns={[...COLUMNS, EXPIRES, revokeColumn]}
        />
      )}
      {ended.length > 0 && (
        <div class="panel-foot">
          <Button size="small" expanded={showsEnded} onClick={() => setShowsEnded(!showsEnded)}>
            {showsEnded ? "Hide" : "Show"} revoked and expired ones ({ended.length})
          </Button>
        </div>
      )}
      {showsEnded && (
        <Table
          caption="Tokens that do not work any more"
          rows={ended}
          rowKey={(token) => token.id}
          columns={[...COLUMNS, stateColumn]}
        />
      )}
      {revoking !== null && (
        <ConfirmDialog
          title={`Revoke ${revoking.name}?`}
          confirm="Revoke token"
          onConfirm={() => revoke(revoking)}
          onClose={() => setRevoking(null)}
        >
          Whatever uses <code>{revoking.token_prefix}…</code> is refused at once, and needs another token.
        </ConfirmDialog>
      )}
    </>
  );
}

const COLUMNS: readonly Column<TokenInfo>[] = [
  {
    title: "Token",
    heading: true,
    cell: (token) => (
      <span class="lines">
        <span>{token.name}</span>
        <code class="quiet">{token.token_prefix}…</code>
      </span>
    ),
  },
  {
    title: "Scopes",
    cell: (token) => (
      <span class="tags">
        {token.scopes.map((scope) => (
          <Badge key={scope}>{scope}</Badge>
        ))}
      </span>
    ),
  },
  { title: "Created", cell: (token) => <Time secs={token.created_at} /> },
  {
    title: "Last used",
    cell: (token) =>
      token.last_used_at === null ? <span class="quiet">never</span> : <Time secs={token.last_used_at} />,
  },
];

const EXPIRES: Column<TokenInfo> = {
  title: "Expires",
  cell: (token) => (token.expires_at === null ? <span class="quiet">never</span> : <Time secs={token.expires_at} />),
};

function isOver(token: TokenInfo, nowSecs: number): boolean {
  return token.expires_at !== null && token.expires_at <= nowSecs;
}
