import { useEffect, useRef, useState } from "preact/hooks";
import { api, segment } from "../../api/client";
import type { ActivityEntry, CommentAnswer } from "../../api/types";
import { nowMs } from "../../clock";
import { full } from "../../format";
import { me } from "../../session";
import type { IssueKey } from "../../triage/issue";
import { Button } from "../../ui/Button";
import { ConfirmDialog } from "../../ui/Dialog";
import { Icon } from "../../ui/Icon";
import { Menu } from "../../ui/Menu";
import { Time } from "../../ui/Time";
import { toast } from "../../ui/Toast";
import { CommentField } from "./CommentField";
import { actorOf, tell } from "./timelineWords";

interface TimelineEntryProps {
  issue: IssueKey;
  entry: ActivityEntry;
  reload: () => void;
  /** Undoes it; null where it cannot be undone. */
  onUndo: (() => Promise<void>) | null;
}

/** One thing that has happened: who did what, and when. */
export function TimelineEntry({ issue, entry, reload, onUndo }: TimelineEntryProps) {
  const told = tell(entry, nowMs());
  return (
    <li class="timeline-entry">
      <span class={`timeline-mark ${told.tone}`}>
        <Icon name={told.icon} size={14} />
      </span>
      <div class="timeline-what">
        <p>
          {told.hasActor && (
            <>
              <b>
                <bdi>{actorOf(entry)}</bdi>
              </b>{" "}
            </>
          )}
          <bdi>{told.words}</bdi>{" "}
          {told.fingerprints.slice(0, 5).map((fingerprint) => (
            <code key={fingerprint}>{fingerprint} </code>
          ))}
          {told.fingerprints.length > 5 && <span class="quiet">and {told.fingerprints.length - 5} more </span>}
          <span class="quiet small">
            <Time ms={entry.at} />
          </span>
        </p>
        {told.reason && (
          <blockquote>
            <bdi>{told.reason}</bdi>
          </blockquote>
        )}
        {entry.kind === "comment" && <Comment issue={issue} entry={entry} reload={reload} />}
      </div>
      {onUndo && <UndoButton onUndo={onUndo} />}
    </li>
  );
}

function UndoButton({ onUndo }: { onUndo: () => Promise<void> }) {
  const [busy, setBusy] = useState(false);
  return (
    <Button
      kind="quiet"
      size="small"
      busy={busy}
      label="Undo this change"
      title="Give it back the status of before"
      onClick={async () => {
        setBusy(true);
        await onUndo();
        setBusy(false);
      }}
    >
      Undo
    </Button>
  );
}

interface CommentProps {
  issue: IssueKey;
  entry: ActivityEntry;
  reload: () => void;
}

/** Characters of a comment that are shown before somebody asks for the rest. */
const FIRST_CHARS = 1_500;

function Comment({ issue, entry, reload }: CommentProps) {
  const text = typeof entry.content.text === "string" ? entry.content.text : "";
  const [draft, setDraft] = useState<string | null>(null);
  const [isDeleting, setDeleting] = useState(false);
  const [isWhole, setWhole] = useState(false);
  const shown = useRef<HTMLDivElement>(null);
  const wasChanging = useRef(false);
  useEffect(() => {
    // The field is gone, and with it what had the focus.
    const isLost = document.activeElement === document.body;
    if (wasChanging.current && draft === null && isLost)
      shown.current?.querySelector<HTMLElement>("[aria-haspopup]")?.focus();
    wasChanging.current = draft !== null;
  }, [draft]);
  const at = `/v1/errors/${segment(issue.fingerprint)}/comments/${entry.id}`;
  const query = { project_id: issue.project_id };
  const isMine = me.value !== null && (entry.actor === me.value.id || me.value.is_admin);
  const isCut = !isWhole && text.length > FIRST_CHARS;

  async function save(changed: string): Promise<void> {
    if (changed !== text) await api.put<CommentAnswer>(at, { text: changed }, { query });
    setDraft(null);
    reload();
  }
  async function remove(): Promise<void> {
    await api.delete<CommentAnswer>(at, { query });
    setDeleting(false);
    toast("The comment is deleted.");
    reload();
  }

  if (draft !== null) {
    return (
      <CommentField
        label="Your comment"
        verb="Save"
        value={draft}
        onInput={setDraft}
        onSend={save}
        onCancel={() => setDraft(null)}
        autoFocus
      />
    );
  }
  return (
    <div class="comment" ref={shown}>
      <p>
        <bdi>{isCut ? `${text.slice(0, FIRST_CHARS)}…` : text}</bdi>
        {isCut && (
          <Button kind="quiet" size="small" onClick={() => setWhole(true)}>
            Show all {full(text.length)} characters
          </Button>
        )}
      </p>
      {isMine && (
        <Menu
          label="More for this comment"
          align="end"
          buttonClass="button quiet small icon-alone"
          items={[
            { label: "Edit", icon: "doc", run: () => setDraft(text) },
            { label: "Delete…", icon: "trash", danger: true, run: () => setDeleting(true) },
          ]}
        >
          <Icon name="dots" />
        </Menu>
      )}
      {isDeleting && (
        <ConfirmDialog
          title="Delete this comment?"
          confirm="Delete comment"
          onConfirm={remove}
          onClose={() => setDeleting(false)}
        >
          It cannot be had back. The audit log tells that it was there.
        </ConfirmDialog>
      )}
    </div>
  );
}
