import { useState } from "preact/hooks";
import { api, segment } from "../../api/client";
import type { SessionInfo, SessionsEnded } from "../../api/types";
import { type LoadedState, useLoaded } from "../../api/useLoaded";
import { count } from "../../format";
import { leave, signOut } from "../../session";
import { Badge } from "../../ui/Badge";
import { Button } from "../../ui/Button";
import { ConfirmDialog } from "../../ui/Dialog";
import { Checkbox } from "../../ui/Field";
import { Panel } from "../../ui/Panel";
import { Loaded, SkeletonRows } from "../../ui/States";
import { Table } from "../../ui/Table";
import { Time } from "../../ui/Time";
import { toast } from "../../ui/Toast";
import { browserInWords } from "./browsers";

/** Where whoever is signed in is signed in. */
export function SessionsPanel() {
  const sessions = useLoaded((signal) => api.get<SessionInfo[]>("/v1/me/sessions", { signal }), []);
  const [ending, setEnding] = useState<SessionInfo | "all" | null>(null);
  const close = () => setEnding(null);
  return (
    <>
      <Panel
        title="Sessions"
        about="Browsers that are signed in to your account. End those that you do not know."
        actions={
          <Button icon="out" onClick={() => setEnding("all")}>
            Sign out everywhere
          </Button>
        }
        flush
      >
        <Loaded from={sessions} skeleton={<SkeletonRows rows={2} height="3.5rem" />}>
          {(rows) => <SessionTable rows={current(rows)} end={setEnding} />}
        </Loaded>
      </Panel>
      {ending === "all" && <EndAllDialog from={sessions} onClose={close} />}
      {ending !== null && ending !== "all" && <EndDialog session={ending} from={sessions} onClose={close} />}
    </>
  );
}

/** This session stands first. */
function current(rows: readonly SessionInfo[]): SessionInfo[] {
  return [...rows.filter((session) => session.is_current), ...rows.filter((session) => !session.is_current)];
}

function SessionTable({ rows, end }: { rows: readonly SessionInfo[]; end: (session: SessionInfo) => void }) {
  return (
    <Table
      caption="Sessions"
      rows={rows}
      rowKey={(session) => session.id}
      columns={[
        {
          title: "Browser",
          heading: true,
          cell: (session) => (
            <span class="row" title={session.user_agent}>
              {browserInWords(session.user_agent)}
              {session.is_current && <Badge tone="accent">this one</Badge>}
            </span>
          ),
        },
        { title: "Address", cell: (session) => <code>{session.address}</code> },
        { title: "Signed in", cell: (session) => <Time secs={session.created_at} /> },
        {
          title: "Last used",
          cell: (session) => (session.is_current ? "now" : <Time secs={session.last_used_at} />),
        },
        {
          title: "Acts",
          hideTitle: true,
          corner: true,
          number: true,
          cell: (session) => (
            <Button
              size="small"
              label={session.is_current ? "Sign out here" : `End the session of ${browserInWords(session.user_agent)}`}
              title={session.is_current ? "Sign out here" : "End this session"}
              onClick={() => end(session)}
            >
              {session.is_current ? "Sign out" : "End"}
            </Button>
          ),
        },
      ]}
    />
  );
}

interface EndDialogProps {
  from: LoadedState<SessionInfo[]>;
  onClose: () => void;
}

function EndDialog({ session, from, onClose }: EndDialogProps & { session: SessionInfo }) {
  async function end(): Promise<void> {
    if (session.is_current) return signOut();
    await api.delete(`/v1/me/sessions/${segment(session.id)}`);
    from.change((now) => now.filter((known) => known.id !== session.id));
    onClose();
    toast("The session is ended.");
  }
  return (
    <ConfirmDialog
      title={session.is_current ? "Sign out here?" : "End this session?"}
      confirm={session.is_current ? "Sign out" : "End session"}
      harmless
      onConfirm={end}
      onClose={onClose}
    >
      {browserInWords(session.user_agent)} at <code>{session.address}</code> has to sign in again, with a passkey.
    </ConfirmDialog>
  );
}

function EndAllDialog({ from, onClose }: EndDialogProps) {
  const [keeps, setKeeps] = useState(true);
  async function endAll(): Promise<void> {
    const { ended } = await api.delete<SessionsEnded>("/v1/me/sessions", { query: { keep_current: keeps } });
    if (!keeps) return leave();
    from.change((now) => now.filter((known) => known.is_current));
    onClose();
    toast(ended === 0 ? "There was no other session." : `${count(ended, "session")} ended.`);
  }
  return (
    <ConfirmDialog
      title="Sign out everywhere?"
      confirm="Sign out everywhere"
      harmless={keeps}
      onConfirm={endAll}
      onClose={onClose}
    >
      <div class="stack">
        <p>All browsers that are signed in to your account have to sign in again. Tokens go on.</p>
        <Checkbox label="Stay signed in here" checked={keeps} onChange={setKeeps} />
      </div>
    </ConfirmDialog>
  );
}
