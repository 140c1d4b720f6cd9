import { useState } from "preact/hooks";
import { api, segment } from "../../api/client";
import type { UserInfo } from "../../api/types";
import { useLoaded } from "../../api/useLoaded";
import { href } from "../../router";
import { me } from "../../session";
import { Badge } from "../../ui/Badge";
import { LinkButton } from "../../ui/Button";
import { ConfirmDialog } from "../../ui/Dialog";
import { Icon } from "../../ui/Icon";
import { Menu } from "../../ui/Menu";
import { Panel } from "../../ui/Panel";
import { Loaded, SkeletonRows } from "../../ui/States";
import { Table } from "../../ui/Table";
import { Time } from "../../ui/Time";
import { toast } from "../../ui/Toast";

interface Asked {
  act: "role" | "remove";
  user: UserInfo;
}

/** Who can sign in, and as what. */
export default function UsersSection() {
  const users = useLoaded((signal) => api.get<UserInfo[]>("/v1/admin/users", { signal }), []);
  const [asked, setAsked] = useState<Asked | null>(null);
  const close = () => setAsked(null);

  async function changeRole(user: UserInfo): Promise<void> {
    const is_admin = !user.is_admin;
    await api.put(`/v1/admin/users/${segment(user.id)}/role`, { is_admin });
    users.change((now) => now.map((known) => (known.id === user.id ? { ...known, is_admin } : known)));
    close();
    toast(is_admin ? `${user.username} is an administrator now.` : `${user.username} is an ordinary user now.`);
  }

  async function remove(user: UserInfo): Promise<void> {
    await api.delete(`/v1/admin/users/${segment(user.id)}`);
    users.change((now) => now.filter((known) => known.id !== user.id));
    close();
    toast(`${user.username} is removed.`);
  }

  return (
    <>
      <Panel
        title="Users"
        about="Everybody reads all projects. Administrators also manage people, and the projects of others."
        actions={
          <LinkButton icon="link" href={href("/settings/invites")}>
            Invite somebody
          </LinkButton>
        }
        flush
      >
        <Loaded from={users} skeleton={<SkeletonRows rows={3} height="3.25rem" />}>
          {(rows) => <UserTable rows={rows} ask={setAsked} />}
        </Loaded>
      </Panel>
      {asked?.act === "role" && (
        <RoleDialog user={asked.user} onConfirm={() => changeRole(asked.user)} onClose={close} />
      )}
      {asked?.act === "remove" && (
        <ConfirmDialog
          title={`Remove ${asked.user.username}?`}
          confirm="Remove user"
          typeName={asked.user.username}
          onConfirm={() => remove(asked.user)}
          onClose={close}
        >
          Passkeys and sessions are gone at once, and tokens and unused invites of {asked.user.username} are revoked.
          Projects stay, and belong to the administrators.
        </ConfirmDialog>
      )}
    </>
  );
}

function UserTable({ rows, ask }: { rows: readonly UserInfo[]; ask: (asked: Asked) => void }) {
  return (
    <Table
      caption="Users"
      rows={rows}
      rowKey={(user) => user.id}
      columns={[
        {
          title: "User",
          heading: true,
          cell: (user) => (
            <span class="row">
              {user.username}
              {user.id === me.value?.id && <Badge tone="accent">you</Badge>}
            </span>
          ),
        },
        {
          title: "Role",
          cell: (user) => (user.is_admin ? <Badge tone="warn">administrator</Badge> : <Badge>user</Badge>),
        },
        { title: "Joined", cell: (user) => <Time secs={user.created_at} /> },
        {
          title: "Acts",
          hideTitle: true,
          number: true,
          corner: true,
          cell: (user) =>
            user.id === me.value?.id ? null : (
              <Menu
                label={`More for ${user.username}`}
                title="More"
                align="end"
                buttonClass="button quiet small icon-alone"
                items={[
                  {
                    label: user.is_admin ? "Make an ordinary user…" : "Make an administrator…",
                    icon: "user",
                    run: () => ask({ act: "role", user }),
                  },
                  {
                    label: "Remove…",
                    icon: "trash",
                    danger: true,
                    apart: true,
                    run: () => ask({ act: "remove", user }),
                  },
                ]}
              >
                <Icon name="dots" />
              </Menu>
            ),
        },
      ]}
    />
  );
}

interface RoleDialogProps {
  user: UserInfo;
  onConfirm: () => Promise<void>;
  onClose: () => void;
}

function RoleDialog({ user, onConfirm, onClose }: RoleDialogProps) {
  if (user.is_admin) {
    return (
      <ConfirmDialog
        title={`Make ${user.username} an ordinary user?`}
        confirm="Make an ordinary user"
        onConfirm={onConfirm}
        onClose={onClose}
      >
        {user.username} no longer manages people, nor projects of others. Unused invites of {user.username} are revoked.
      </ConfirmDialog>
    );
  }
  return (
    <ConfirmDialog
      title={`Make ${user.username} an administrator?`}
      confirm="Make an administrator"
      harmless
      onConfirm={onConfirm}
      onClose={onClose}
    >
      {user.username} can then invite and remove people, see every project's key, and delete any project.
    </ConfirmDialog>
  );
}
