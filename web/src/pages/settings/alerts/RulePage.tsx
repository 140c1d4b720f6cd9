import { useMemo, useState } from "preact/hooks";
import { api, Problem } from "../../../api/client";
import type { AlertRule } from "../../../api/types";
import { type LoadedState, useLoaded } from "../../../api/useLoaded";
import { go, href, keepPage, query } from "../../../router";
import { project, projects } from "../../../session";
import { Badge } from "../../../ui/Badge";
import { Button, LinkButton } from "../../../ui/Button";
import { ConfirmDialog } from "../../../ui/Dialog";
import { Icon } from "../../../ui/Icon";
import { Panel } from "../../../ui/Panel";
import { EmptyState, Loaded, Skeleton, SkeletonRows } from "../../../ui/States";
import { Time } from "../../../ui/Time";
import { toast } from "../../../ui/Toast";
import { Switch } from "../fields";
import { Channels } from "./Channels";
import { enableRule } from "./enabling";
import { draftFrom } from "./prefill";
import { RuleForm } from "./RuleForm";
import { type Rights, scopeName, useRights } from "./rights";
import { draftOf } from "./rules";

/** A rule that is yet to be made; the address may fill in its form. */
export function NewRulePage() {
  const rights = useRights();
  const initial = useMemo(() => draftFrom(query.value, project.value, projects.value), []);
  if (!rights.isKnown) return <Waiting />;
  if (!rights.may(initial.project)) {
    return (
      <Panel>
        <EmptyState
          icon="bell"
          title="Not yours to manage"
          actions={<LinkButton href={href("/settings/alerts")}>All rules</LinkButton>}
        >
          {initial.project === null
            ? "Rules for all projects are for administrators to make. Choose a project of yours in the navigation."
            : `The rules of ${scopeName(initial.project)} are for its owner and for administrators.`}
        </EmptyState>
      </Panel>
    );
  }
  return (
    <RuleForm
      initial={initial}
      rule={null}
      rights={rights}
      onSaved={(saved) => {
        keepPage(null);
        toast(`${saved.name} is on the watch. Say where its alerts go.`);
        go(href(`/settings/alerts/${saved.id}`), { replace: true });
      }}
    />
  );
}

/** A rule: what it watches for, where its alerts go, and whether they get there. */
export function RulePage({ id }: { id: number }) {
  const rule = useLoaded((signal) => api.get<AlertRule>(`/v1/alerts/${id}`, { signal }), [id]);
  const rights = useRights();
  const isGone = rule.error instanceof Problem && rule.error.status === 404;
  if (isGone) {
    return (
      <Panel>
        <EmptyState
          icon="search"
          title="There is no such rule"
          actions={<LinkButton href={href("/settings/alerts")}>All rules</LinkButton>}
        >
          It was deleted, or the address is mistyped. What it had sent stays in the log.
        </EmptyState>
      </Panel>
    );
  }
  return (
    <Loaded from={rule} skeleton={<Waiting />}>
      {(found) => (rights.isKnown ? <Details rule={found} from={rule} rights={rights} /> : <Waiting />)}
    </Loaded>
  );
}

function Details({ rule, from, rights }: { rule: AlertRule; from: LoadedState<AlertRule>; rights: Rights }) {
  const [isDeleting, setDeleting] = useState(false);
  const isYours = rights.may(rule.project_id);
  const initial = useMemo(() => draftOf(rule), []);

  function enable(wanted: boolean): void {
    void enableRule(rule.id, wanted, (enabled) => from.change((now) => ({ ...now, enabled })));
  }

  async function remove(): Promise<void> {
    await api.delete(`/v1/alerts/${rule.id}`);
    keepPage(null);
    toast(`${rule.name} is deleted.`);
    go(href("/settings/alerts"), { replace: true });
  }

  return (
    <>
      <header class="rule-head">
        <div class="lines">
          <h2>
            <bdi>{rule.name}</bdi>
          </h2>
          <p class="row quiet">
            <Badge tone={rule.project_id === null ? "accent" : "neutral"}>
              <span class="clipped-badge">{scopeName(rule.project_id)}</span>
            </Badge>
            <span>
              Changed <Time secs={rule.updated_at} />
            </span>
          </p>
        </div>
        {isYours && (
          <div class="row">
            <Switch label={`${rule.name} is judged`} checked={rule.enabled} onChange={enable} />
            <Button icon="trash" onClick={() => setDeleting(true)}>
              Delete…
            </Button>
          </div>
        )}
      </header>
      {rule.problem !== null && <Warning>This rule is not judged: {rule.problem}.</Warning>}
      {!rule.enabled && <Warning>This rule is off: it is not judged, and sends nothing.</Warning>}
      {!isYours && (
        <p class="not-yours">
          <Icon name="key" />
          {rule.project_id === null
            ? "Not yours to manage: rules for all projects are for administrators to change. You see what it does."
            : "Not yours to manage: the owner of the project and administrators change this rule. You see what it does."}
        </p>
      )}
      <RuleForm
        initial={initial}
        rule={rule}
        rights={rights}
        onSaved={(saved) => {
          from.change(() => saved);
          toast(`${saved.name} is saved.`);
        }}
      />
      <Channels rule={rule} isYours={isYours} />
      {isDeleting && (
        <ConfirmDialog
          title={`Delete ${rule.name}?`}
          confirm="Delete rule"
          typeName={rule.name}
          onConfirm={remove}
          onClose={() => setDeleting(false)}
        >
          Its channels go with it, and what it had still to send is cancelled. What it has sent stays in the log. To
          have it quiet for a while, turn it off.
        </ConfirmDialog>
      )}
    </>
  );
}

function Warning({ children }: { children: (string | null)[] | string }) {
  return (
    <p class="secret-warning">
      <Icon name="alert" />
      <span>{children}</span>
    </p>
  );
}

function Waiting() {
  return (
    <>
      <Panel title={<Skeleton width="12rem" />}>
        <SkeletonRows rows={6} height="3.5rem" />
      </Panel>
      <Panel title={<Skeleton width="8rem" />}>
        <SkeletonRows rows={2} />
      </Panel>
    </>
  );
}
