import { useRef, useState } from "preact/hooks";
import { api, type Rows, segment } from "../../api/client";
import type { ActivityEntry, CommentAnswer, Status } from "../../api/types";
import { useLoaded } from "../../api/useLoaded";
import { useLive } from "../../live";
import "../../styles/pages/timeline.css";
import { undoChange, useChanges } from "../../triage/acts";
import type { IssueKey } from "../../triage/issue";
import { Button } from "../../ui/Button";
import { useKeptFocus } from "../../ui/keptFocus";
import { Panel } from "../../ui/Panel";
import { Loaded, SkeletonRows } from "../../ui/States";
import { useOlder } from "../../useOlder";
import { keepDraft, readDraft } from "./CommentDraft";
import { CommentField } from "./CommentField";
import { TimelineEntry } from "./TimelineEntry";
import { undoable, withFirstPage } from "./timelineWords";

const PAGE = 30;

export interface TimelineProps {
  issue: IssueKey;
}

/** What has happened to an issue, the newest first, and a field to say something about it. */
export default function TimelinePanel({ issue }: TimelineProps) {
  const path = `/v1/errors/${segment(issue.fingerprint)}`;
  const query = { project_id: issue.project_id };
  const first = useLoaded(
    (signal) => api.page<ActivityEntry>(`${path}/activity`, { query: { ...query, limit: PAGE }, signal }),
    [path, issue.project_id],
  );
  useReloads(issue, first.reload);

  async function comment(text: string): Promise<void> {
    await api.post<CommentAnswer>(`${path}/comments`, { text }, { query });
    keepDraft(issue, "");
    first.reload();
  }

  return (
    <Panel title="Timeline" flush>
      <NewComment key={`${issue.project_id} ${issue.fingerprint}`} issue={issue} onSend={comment} />
      <Loaded from={first} skeleton={<SkeletonRows rows={4} height="2.75rem" />}>
        {(page) => <Entries issue={issue} first={page} reload={first.reload} />}
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
  useChanges(reload);
}

function NewComment({ issue, onSend }: { issue: IssueKey; onSend: (text: string) => Promise<void> }) {
  const [text, setText] = useState(() => readDraft(issue));
  return (
    <div class="new-comment">
      <CommentField
        label="Say something about this error"
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
  reload: () => void;
}

/** The entries that came first, and the older ones that were asked for. */
function Entries({ issue, first, reload }: EntriesProps) {
  const list = useRef<HTMLOListElement>(null);
  const { older, isMore, busy, loadMore } = useOlder(first);
  // What was on the first page before may have been pushed off it.
  const known = useRef<readonly ActivityEntry[]>([]);
  known.current = older ? withFirstPage([...known.current, ...older], first.rows) : first.rows;
  const entries = unique(known.current);
  const last = undoable(entries);
  // With a change that is undone goes its button, and with a comment its menu.
  useKeptFocus(list);

  /** Give the issue the status that it had before its last change. */
  async function undo({ id, content }: ActivityEntry): Promise<void> {
    await undoChange({ ...issue, status: content.old_status as Status }, id);
    reload();
  }

  if (entries.length === 0) return <p class="quiet timeline-none">Nothing has been done about it so far.</p>;
  return (
    <>
      <ol ref={list} class="timeline" aria-label="History of the error">
        {entries.map((entry) => (
          <TimelineEntry
            key={entry.id}
            issue={issue}
            entry={entry}
            reload={reload}
            onUndo={entry === last ? () => undo(entry) : null}
          />
        ))}
      </ol>
      {isMore && (
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
