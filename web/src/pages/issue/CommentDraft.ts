/** What somebody has begun to write about an issue: it outlives another page, and a session that ends meanwhile. */

import { me } from "../../session";
import { type IssueKey, keyOf } from "../../triage/issue";

/** What browsers keep that keep nothing for a page. */
const drafts = new Map<string, string>();

/** Return what was begun, empty if nothing was. */
export function readDraft(issue: IssueKey): string {
  const key = keyFor(issue);
  try {
    return sessionStorage.getItem(key) ?? drafts.get(key) ?? "";
  } catch {
    return drafts.get(key) ?? "";
  }
}

/** Keep what was begun; an empty text forgets it. */
export function keepDraft(issue: IssueKey, text: string): void {
  const key = keyFor(issue);
  if (text) drafts.set(key, text);
  else drafts.delete(key);
  try {
    if (text) sessionStorage.setItem(key, text);
    else sessionStorage.removeItem(key);
  } catch {
    // Then it lasts as long as the page does.
  }
}

function keyFor(issue: IssueKey): string {
  return `bloop-draft ${me.value?.id ?? ""} ${keyOf(issue)}`;
}
