/** The rows of a list as they are shown: what was done here lies over them, and may have taken them out of the filter. Pure. */

import type { Parameters } from "../../router";
import type { Overlay } from "../../triage/acts";
import { keyOf } from "../../triage/issue";
import { type News, patched } from "./news";
import type { Row } from "./paging";

/** What was done at our request, by key: as the server knows it, and as it does not know it yet. */
export interface Done {
  acted: ReadonlyMap<string, Overlay>;
  overlays: ReadonlyMap<string, Overlay>;
}

/** Return the rows that the filter still finds after what was done with them; the others keep their places. */
export function shownRows(rows: readonly Row[], done: Done, parameters: Parameters, me: Me | null): readonly Row[] {
  if (done.acted.size === 0 && done.overlays.size === 0) return rows;
  return rows.filter((row) => {
    const overlay = overlayOf(row, done);
    return overlay === null || fits(overlay, parameters, me);
  });
}

/** Return a row as it is by all that is known. */
export function rowNow(row: Row, news: News, done: Done): Row {
  return { ...patched(row, news), ...overlayOf(row, done) };
}

interface Me {
  id: string;
  username: string;
}

function overlayOf(row: Row, { acted, overlays }: Done): Overlay | null {
  const key = keyOf(row);
  const [under, over] = [acted.get(key), overlays.get(key)];
  return under || over ? { ...under, ...over } : null;
}

/** Whether a filter still finds an issue of which this is known; its other conditions cannot be changed here. */
function fits({ status, assignee }: Overlay, wanted: Parameters, me: Me | null): boolean {
  if (status !== undefined && wanted.status != null && wanted.status !== status) return false;
  if (assignee === undefined || wanted.assignee == null) return true;
  if (wanted.assignee === "none") return assignee === null;
  const name = wanted.assignee === "me" ? me?.username : wanted.assignee;
  return assignee !== null && (assignee.username === name || assignee.user_id === wanted.assignee);
}
