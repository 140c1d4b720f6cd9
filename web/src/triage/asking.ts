/** What acts have in common: asking the server in their order, saying what came of it, and the way back. */

import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { isSigningIn, messageOf, Problem } from "../api/client";
import { count } from "../format";
import { sayLater } from "../notice";
import { toast } from "../ui/Toast";
import { type IssueKey, keyOf } from "./issue";
import { lift, settle } from "./overlays";

/** Rises when the server has changed something: what was loaded before may be asked for anew. */
export const changes = signal(0);

/** Call something after each change that the server has made at our request, for as long as a component is on the page. */
export function useChanges(changed: () => void): void {
  const current = useRef(changed);
  current.current = changed;
  useEffect(() => {
    const before = changes.peek();
    return changes.subscribe((now) => {
      if (now !== before) current.current();
    });
  }, []);
}

/** Keys of the issues that were put back last by undoing; none where all that match had been changed. */
export const undone = signal<readonly string[]>([]);

/** Undoes the last act, as the button in its toast does; null if there is none. */
export const undoLast = signal<(() => void) | null>(null);

const SESSION_ENDED = "Your session had ended, so nothing was changed. Do it once more.";

/** Issues of one project that are changed by one request, and what came of it. */
export interface Part<T extends IssueKey> {
  projectId: string;
  issues: readonly T[];
  act: number;
  changeId?: string | null;
  /** How many of them there are not any more. */
  gone?: number;
  error?: unknown;
}

/** Ask the server, and settle or lift what was shown beforehand; what goes wrong is kept with the part. */
export async function attempt<A, T extends IssueKey>(
  part: Part<T>,
  ask: () => Promise<A>,
  leftOut: (answer: A) => readonly T[] = () => [],
): Promise<A | null> {
  try {
    const answer = await ask();
    lift(leftOut(answer), part.act);
    settle(part.issues, part.act);
    changes.value += 1;
    return answer;
  } catch (error) {
    lift(part.issues, part.act);
    part.error = error;
    return null;
  }
}

const underWay = new Map<string, Promise<unknown>>();

/** Do something with issues after all that is under way with them, so that the server does it in the order of the acts. */
export async function inTurn(issues: readonly IssueKey[], work: () => Promise<unknown>): Promise<void> {
  const keys = issues.map(keyOf);
  const mine = Promise.all(keys.map((key) => underWay.get(key))).then(work);
  for (const key of keys) underWay.set(key, mine);
  await mine;
  for (const key of keys) if (underWay.get(key) === mine) underWay.delete(key);
}

/** Say that something was done, and offer to undo it. */
export function tell(text: string, back?: () => Promise<void>): void {
  if (!back) {
    undoLast.value = null;
    toast(text);
    return;
  }
  let isDone = false;
  const run = () => {
    if (isDone) return;
    isDone = true;
    if (undoLast.value === run) undoLast.value = null;
    void back();
  };
  undoLast.value = run;
  toast(text, { action: { label: "Undo", run } });
}

/** Say what was not done, and why. */
export function tellFailed(parts: readonly Part<IssueKey>[], verb: string): void {
  const failed = parts.filter((part) => part.error !== undefined);
  const [first] = failed;
  if (!first) return;
  if (first.error instanceof Problem && hasEnded(first.error)) {
    // The page leaves for the sign-in page, and comes back.
    sayLater(SESSION_ENDED);
    toast(SESSION_ENDED, { kind: "failed" });
    return;
  }
  const all = parts.flatMap((part) => part.issues).length;
  const some = failed.flatMap((part) => part.issues).length;
  const which = all > 1 ? `${some === all ? count(all, "error") : `${some} of ${all} errors`} not ${verb}. ` : "";
  toast(`${which}${messageOf(first.error)}`, { kind: "failed" });
}

/** Whether it was not done because the session had ended; another request may have noticed that first. */
function hasEnded({ status }: Problem): boolean {
  return status === 401 || (status === 0 && isSigningIn());
}
