import { useEffect, useRef, useState } from "preact/hooks";
import { api, isAbort, type Rows, segment } from "../../api/client";
import type { ActivityEntry, CommentAnswer, Status, UndoneAnswer } from "../../api/types";
import { useLoaded } from "../../api/useLoaded";
import { useLive } from "../../live";
import "../../styles/pages/timeline.css";
import { changes } from "../../triage/acts";
import type { IssueKey } from "../../triage/issue";
import { lay, lift, settle } from "../../triage/overlays";
import { Button } from "../../ui/Button";
import { Panel } from "../../ui/Panel";
import { Loaded, SkeletonRows } from "../../ui/States";
import { toast, toastError } from "../../ui/Toast";
import { keepDraft, readDraft } from "./CommentDraft";
import { CommentField } from "./CommentField";
import { TimelineEntry } from "./TimelineEntry";
import { undoable, withFirstPage } from "./timelineWords";

const PAGE = 30;
const FEW = 5;

export interface TimelineProps {
  issue: IssueKey;
  /** In the peek panel: the newest few. */
  compact?: boolean;
}

/** What has happened to an issue, the newest first, and a field to say something about it. */
export default function TimelinePanel({ issue, compact }: TimelineProps) {
  const path = `/v1/errors/${segment(issue.fingerprint)}`;
  const query = { project_id: issue.project_id };
  const first = useLoaded(
    (signal) =>
      api.page<ActivityEntry>(`${path}/activity`, { query: { ...query, limit: compact ? FEW : PAGE }, signal }),
    [path, issue.project_id, compact],
  );
  useReloads(issue, first.reload);

  async function comment(text: string): Promise<void> {
    await api.post<CommentAnswer>(`${path}/comments`, { text }, { query });
    keepDraft(issue, "");
    first.reload();
  }

  return (
    <Panel title="History" flush>
      <NewComment key={`${issue.project_id} ${issue.fingerprint}`} issue={issue} onSend={comment} />
      <Loaded from={first} skeleton={<SkeletonRows rows={compact ? 2 : 4} height="2.75rem" />}>
        {(page) => <Entries issue={issue} first={page} compact={compact} reload={first.reload} />}
      </Loaded>
    </Panel>
  );
}

/** Load anew when somebody, here or elsewhere, has done something. */
function useReloads(issue: IssueKey, reload: () => void): void {
  const hear = (message: { fingerprint: string }) => {
    if (message.fingerprint === issue.fingerprint) reload();
  };
  useLive({ activity: hear, status: hear, regressed: hear, reset: reload });
  const seen = useRef(changes.value);
  const now = changes.value;
  useEffect(() => {
    if (seen.current !== now) reload();
    seen.current = now;
  }, [now]);
}

function NewComment({ issue, onSend }: { issue: IssueKey; onSend: (text: string) => Promise<void> }) {
  const [text, setText] = useState(() => readDraft(issue));
  return (
    <div class="new-comment">
      <CommentField
        label="Say something about this issue"
        verb="Comment"
        value={text}
        onInput={(typed) => {
          setText(typed);
          keepDraft(issue, typed);
        }}
        onSend={async (sent) => {
          await onSend(sent);
          setText("");
        }}
      />
    </div>
  );
}

interface EntriesProps {
  issue: IssueKey;
  first: Rows<ActivityEntry>;
  compact?: boolean | undefined;
  reload: () => void;
}

/** The entries that came first, and the older ones that were asked for. */
function Entries({ issue, first, compact, reload }: EntriesProps) {
  const [older, setOlder] = useState<{ rows: readonly ActivityEntry[]; next: string | null } | null>(null);
  const [busy, setBusy] = useState(false);
  // What was on the first page before may have been pushed off it.
  const known = useRef<readonly ActivityEntry[]>([]);
  known.current = older ? withFirstPage([...known.current, ...older.rows], first.rows) : first.rows;
  const entries = unique(known.current);
  const next = older ? older.next : first.next;
  const last = undoable(entries);

  async function loadMore(): Promise<void> {
    if (next === null) return;
    setBusy(true);
    try {
      const page = await api.page<ActivityEntry>(next);
      setOlder({ rows: [...(older?.rows ?? []), ...page.rows], next: page.next });
    } catch (error) {
      if (!isAbort(error)) toastError(error);
    }
    setBusy(false);
  }

  if (entries.length === 0) return <p class="quiet timeline-none">Nothing has been done about it so far.</p>;
  return (
    <>
      <ol class="timeline" aria-label="History of the issue">
        {entries.map((entry) => (
          <TimelineEntry
            key={entry.id}
            issue={issue}
            entry={entry}
            reload={reload}
            onUndo={entry === last && !compact ? () => undo(issue, entry) : null}
          />
        ))}
      </ol>
      {next !== null && !compact && (
        <div class="timeline-more">
          <Button size="small" busy={busy} onClick={loadMore}>
            Show older
          </Button>
        </div>
      )}
    </>
  );
}

function unique(entries: readonly ActivityEntry[]): ActivityEntry[] {
  const byId = new Map(entries.map((entry) => [entry.id, entry]));
  return [...byId.values()].sort((one, other) => other.id - one.id);
}

/** Give an issue the status that it had before its last change. */
async function undo(issue: IssueKey, entry: ActivityEntry): Promise<void> {
  const act = lay([issue], () => ({ status: entry.content.old_status as Status }));
  try {
    const path = `/v1/status-changes/${entry.id}/undo`;
    await api.post<UndoneAnswer>(path, undefined, { query: { project_id: issue.project_id } });
    settle([issue], act);
    toast("Undone.");
  } catch (error) {
    lift([issue], act);
    toastError(error);
  }
  changes.value += 1;
}
