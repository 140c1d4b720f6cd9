/** Changes of status: shown at once, taken back when the server refuses, and undone from the toast. */

import { api, segment } from "../api/client";
import type { Status, StatusChangesAnswer, StatusFilter, UndoneAnswer } from "../api/types";
import { nowMs } from "../clock";
import { count } from "../format";
import type { StatusMessage } from "../live";
import { me } from "../session";
import { toast } from "../ui/Toast";
import { attempt, changes, inTurn, type Part, tell, tellFailed, undone } from "./asking";
import { keyOf, type Triaged } from "./issue";
import { heard, lay, shown } from "./overlays";
import { doneWords } from "./phrases";

import type { StatusInput } from "./statusInput";

export { changes, undoLast, undone, useChanges } from "./asking";
export { assign } from "./assigning";
export { heard, learned, moment, type Overlay, overlays, shown } from "./overlays";

/** Take in a status that the live feed tells of, so that it lies over what was loaded before. */
export function hearStatus(projectId: string, message: StatusMessage): void {
  const isOwn = message.changed_by !== null && message.changed_by === me.value?.id;
  const issue = { project_id: projectId, fingerprint: message.fingerprint };
  heard(issue, { status: message.new_status as Status }, isOwn);
}

/** As many fingerprints as one request may have. */
const MAX_LISTED = 1_000;

/**
 * Change the status of some issues, of one project or several; returns whether all of it was done.
 *
 * Says in a toast what was done, with a way to undo it, or what failed, unless `onFailure` says that elsewhere. Issues
 * that have the status already are left out, unless more is said of it than that.
 */
export async function changeStatus(
  issues: readonly Triaged[],
  given: StatusInput,
  onFailure?: (error: unknown) => void,
): Promise<boolean> {
  const says = Object.values(given).filter((value) => value !== undefined).length > 1;
  const meant = issues.map((issue) => shown(issue)).filter((issue) => says || issue.status !== given.status);
  if (meant.length === 0) return true;
  const parts = partsOf(meant, () => ({ status: given.status }));
  await inTurn(meant, () => Promise.all(parts.map((part) => send(part, given))));
  const done = parts.filter((part) => part.error === undefined);
  const gone = done.reduce((sum, part) => sum + (part.gone ?? 0), 0);
  const changed = done.reduce((sum, part) => sum + part.issues.length, 0) - gone;
  const undoable = done.filter((part) => part.changeId != null);
  if (changed > 0) tell(doneWords(changed, given, nowMs()), undoable.length > 0 ? () => undo(undoable) : undefined);
  if (gone > 0) toast(`${count(gone, "error is", "errors are")} gone and cannot be changed.`, { kind: "failed" });
  const failed = parts.find((part) => part.error !== undefined);
  if (failed && onFailure) onFailure(failed.error);
  else tellFailed(parts, "changed");
  return changed === meant.length;
}

/** Change the status of all issues that a filter finds in a project; returns whether that was done. */
export async function changeAll(projectId: string, filter: StatusFilter, given: StatusInput): Promise<boolean> {
  const isEmpty = Object.values(filter).every((value) => value == null);
  try {
    const answer = await api.post<StatusChangesAnswer>(
      "/v1/status-changes",
      { ...given, filter, ...(isEmpty && { all: true }) },
      { query: { project_id: projectId } },
    );
    const { change_id: changeId } = answer;
    const part = { projectId, issues: [], act: 0, changeId };
    tell(doneWords(answer.changed, given, nowMs()), changeId === null ? undefined : () => undo([part]));
    changes.value += 1;
    return true;
  } catch (error) {
    tellFailed([{ projectId, issues: [], act: 0, error }], "changed");
    changes.value += 1; // a part may have been changed
    return false;
  }
}

/** Undo a change of an issue's status by its number in the history; `issue` has the status of before it. */
export function undoChange(issue: Triaged, changeId: number): Promise<void> {
  return undo([{ projectId: issue.project_id, issues: [issue], act: 0, changeId: String(changeId) }]);
}

async function send(part: Part<Triaged>, given: StatusInput): Promise<void> {
  const answer = await attempt(
    part,
    () =>
      api.post<StatusChangesAnswer>(
        "/v1/status-changes",
        { ...given, fingerprints: part.issues.map((issue) => issue.fingerprint) },
        { query: { project_id: part.projectId } },
      ),
    ({ unknown }) => part.issues.filter((issue) => unknown.includes(issue.fingerprint)),
  );
  if (!answer) return;
  part.changeId = answer.change_id;
  part.gone = answer.unknown.length;
}

async function undo(done: readonly Part<Triaged>[]): Promise<void> {
  const parts = done.map((part): Part<Triaged> => {
    // Each has the status that it had when it was changed.
    const act = lay(part.issues, (issue) => ({ status: issue.status }));
    return { ...part, act };
  });
  let putBack = 0;
  let leftAlone = 0;
  await inTurn(
    parts.flatMap((part) => part.issues),
    () =>
      Promise.all(
        parts.map(async (part) => {
          const path = `/v1/status-changes/${segment(part.changeId ?? "")}/undo`;
          const query = { project_id: part.projectId };
          const answer = await attempt(
            part,
            () => api.post<UndoneAnswer>(path, undefined, { query }),
            // Which ones were left is not said: what is loaded anew tells.
            ({ left_alone: left }) => (left > 0 ? part.issues : []),
          );
          putBack += answer?.put_back ?? 0;
          leftAlone += answer?.left_alone ?? 0;
        }),
      ),
  );
  if (putBack > 0) undone.value = parts.flatMap((part) => part.issues.map(keyOf));
  if (leftAlone > 0) {
    const left = `${count(leftAlone, "error was", "errors were")} changed again since, and left as it is.`;
    toast(`${putBack > 0 ? `${count(putBack, "error")} put back. ` : ""}${left}`, { kind: "failed" });
  } else if (putBack > 0) toast(putBack === 1 ? "Undone." : `Undone: ${count(putBack, "error")} put back.`);
  tellFailed(parts, "put back");
}

function partsOf(issues: readonly Triaged[], overlayOf: (issue: Triaged) => { status: Status }): Part<Triaged>[] {
  const parts: Part<Triaged>[] = [];
  for (const projectId of new Set(issues.map((issue) => issue.project_id))) {
    const own = issues.filter((issue) => issue.project_id === projectId);
    for (let from = 0; from < own.length; from += MAX_LISTED) {
      const some = own.slice(from, from + MAX_LISTED);
      parts.push({ projectId, issues: some, act: lay(some, overlayOf) });
    }
  }
  return parts;
}
