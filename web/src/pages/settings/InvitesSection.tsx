import { useState } from "preact/hooks";
import { api, segment } from "../../api/client";
import type { InviteInfo, NewInvite } from "../../api/types";
import { type LoadedState, useLoaded } from "../../api/useLoaded";
import { nowMs } from "../../clock";
import { useSubmission } from "../../forms";
import { Badge } from "../../ui/Badge";
import { Button } from "../../ui/Button";
import { ConfirmDialog, FormDialog } from "../../ui/Dialog";
import { Checkbox } from "../../ui/Field";
import { Panel } from "../../ui/Panel";
import { EmptyState, Loaded, SkeletonRows } from "../../ui/States";
import { type Column, Table } from "../../ui/Table";
import { Time } from "../../ui/Time";
import { toast } from "../../ui/Toast";
import { useOwners } from "./owners";
import { SecretDialog } from "./Secret";

/** Links with which people make accounts. */
export default function InvitesSection() {
  const invites = useLoaded((signal) => api.get<InviteInfo[]>("/v1/admin/invites", { signal }), []);
  const [isCreating, setCreating] = useState(false);
  const create = () => setCreating(true);
  return (
    <>
      <Panel
        title="Invites"
        about="A link is good for one account, and for seven days."
        actions={
          <Button kind="primary" icon="plus" onClick={create}>
            Create invite
          </Button>
        }
        flush
      >
        <Loaded from={invites} skeleton={<SkeletonRows rows={3} height="3.25rem" />}>
          {(rows) =>
            rows.length === 0 ? (
              <EmptyState
                icon="users"
                title="Nobody has been invited yet"
                actions={
                  <Button icon="plus" onClick={create}>
                    Create invite
                  </Button>
                }
              >
                Make a link, and send it to whoever shall have an account here.
              </EmptyState>
            ) : (
              <InviteTable rows={rows} from={invites} />
            )
          }
        </Loaded>
      </Panel>
      {isCreating && <CreateDialog onClose={() => setCreating(false)} onMade={invites.reload} />}
    </>
  );
}

function InviteTable({ rows, from }: { rows: readonly InviteInfo[]; from: LoadedState<InviteInfo[]> }) {
  const owner = useOwners();
  const [revoking, setRevoking] = useState<InviteInfo | null>(null);
  const nowSecs = nowMs() / 1000;

  async function revoke(invite: InviteInfo): Promise<void> {
    await api.delete(`/v1/admin/invites/${segment(invite.id)}`);
    const revoked_at = Math.floor(nowMs() / 1000);
    from.change((now) => now.map((known) => (known.id === invite.id ? { ...known, revoked_at } : known)));
    setRevoking(null);
    toast("The invite is revoked.");
  }

  const columns: readonly Column<InviteInfo>[] = [
    {
      title: "Invite",
      heading: true,
      cell: (invite) => (
        <span class="row">
          <code>{invite.token_prefix}…</code>
          {invite.is_admin && <Badge tone="warn">administrator</Badge>}
        </span>
      ),
    },
    { title: "Made by", cell: (invite) => (invite.created_by === null ? "—" : owner(invite.created_by)) },
    { title: "Made", cell: (invite) => <Time secs={invite.created_at} /> },
    { title: "State", cell: (invite) => <InviteState invite={invite} nowSecs={nowSecs} owner={owner} /> },
    {
      title: "Acts",
      hideTitle: true,
      number: true,
      corner: true,
      cell: (invite) =>
        isOpen(invite, nowSecs) && (
          <Button
            size="small"
            label={`Revoke invite ${invite.token_prefix}`}
            title="Revoke"
            onClick={() => setRevoking(invite)}
          >
            Revoke
          </Button>
        ),
    },
  ];
  return (
    <>
      <Table caption="Invites" rows={rows} rowKey={(invite) => invite.id} columns={columns} />
      {revoking !== null && (
        <ConfirmDialog
          title="Revoke this invite?"
          confirm="Revoke invite"
          onConfirm={() => revoke(revoking)}
          onClose={() => setRevoking(null)}
        >
          Nobody can make an account with the link <code>{revoking.token_prefix}…</code> from then on.
        </ConfirmDialog>
      )}
    </>
  );
}

interface InviteStateProps {
  invite: InviteInfo;
  nowSecs: number;
  owner: (id: string | null) => string;
}

function InviteState({ invite, nowSecs, owner }: InviteStateProps) {
  if (invite.used_at !== null) {
    const by = invite.used_by === null ? "somebody who was removed" : owner(invite.used_by);
    return (
      <span class="row">
        <Badge tone="good" icon="check">
          used
        </Badge>
        <span>
          by {by}, <Time secs={invite.used_at} />
        </span>
      </span>
    );
  }
  if (invite.revoked_at !== null) {
    return (
      <span class="row">
        <Badge icon="close">revoked</Badge> <Time secs={invite.revoked_at} />
      </span>
    );
  }
  if (!isOpen(invite, nowSecs)) {
    return (
      <span class="row">
        <Badge icon="clock">expired</Badge> <Time secs={invite.expires_at} />
      </span>
    );
  }
  return (
    <span class="row">
      <Badge tone="accent" icon="link">
        open
      </Badge>
      <span>
        ends <Time secs={invite.expires_at} />
      </span>
    </span>
  );
}

function isOpen(invite: InviteInfo, nowSecs: number): boolean {
  return !invite.used && invite.revoked_at === null && invite.expires_at > nowSecs;
}

function CreateDialog({ onClose, onMade }: { onClose: () => void; onMade: () => void }) {
  const [isAdmin, setIsAdmin] = useState(false);
  const [made, setMade] = useState<NewInvite | null>(null);
  const form = useSubmission({});
  const create = () =>
    form.submit(async () => {
      setMade(await api.post<NewInvite>("/v1/admin/invites", { is_admin: isAdmin }));
      onMade();
    });
  if (made !== null) return <MadeDialog made={made} onClose={onClose} />;
  return (
    <FormDialog title="Create an invite" verb="Create invite" form={form} onClose={onClose} onSubmit={create}>
      <p>Whoever opens the link chooses a name and makes a passkey.</p>
      <Checkbox
        label="As an administrator"
        hint="Administrators manage people and all projects. You can also make somebody one later."
        checked={isAdmin}
        onChange={setIsAdmin}
      />
    </FormDialog>
  );
}

function MadeDialog({ made, onClose }: { made: NewInvite; onClose: () => void }) {
  return (
    <SecretDialog
      title="The invite is ready"
      value={made.url}
      label="Copy link"
      warning="Copy it now: it is not shown again. Whoever has the link first gets the account."
      onClose={onClose}
    >
      For {made.is_admin ? "an administrator" : "an ordinary user"}, ends <Time secs={made.expires_at} />
    </SecretDialog>
  );
}
