import { useShortcuts } from "../../keys";
import { issueHref } from "../../links";
import { listHref } from "../../lists";
import { go } from "../../router";
import { type IssueKey, keyOf } from "../../triage/issue";
import { KeyCap } from "../../triage/KeyCap";
import { Icon } from "../../ui/Icon";
import { keptAt, type Row, stepTo } from "../issues/paging";

/** Where an issue stands in the list that somebody has come from; null if it is in none. */
function placeOf(issue: IssueKey): { rows: readonly Row[]; index: number } | null {
  const rows = keptAt(listHref())?.list.rows ?? [];
  const index = rows.findIndex((row) => keyOf(row) === keyOf(issue));
  return index < 0 ? null : { rows, index };
}

/** Return what the list that somebody has come from knows of an issue. */
export function rowOf(issue: IssueKey): Row | null {
  const place = placeOf(issue);
  return place?.rows[place.index] ?? null;
}

/** Go on to another issue of the list, and have it stand there when the list is come back to. */
function walkTo(row: Row | undefined): void {
  if (!row) return;
  stepTo(listHref(), keyOf(row));
  go(issueHref(row), { replace: true });
}

/** To the issues before and after this one in the list that somebody has come from, and back to its row. */
export function IssueWalk({ issue }: { issue: IssueKey }) {
  const place = placeOf(issue);
  const before = place?.rows[place.index - 1];
  const after = place?.rows[place.index + 1];
  useShortcuts([
    { keys: "Escape", label: "Back to the list", group: "Error", run: () => go(listHref()) },
    { keys: "j", label: "Next error of the list", group: "Error", run: () => walkTo(after) },
    { keys: "k", label: "Previous error of the list", group: "Error", run: () => walkTo(before) },
  ]);
  if (!place) return null;
  return (
    <nav class="issue-walk" aria-label="Errors of the list">
      <Step label="Previous error" keys="k" row={before} />
      <span class="quiet small number">
        {place.index + 1} / {place.rows.length}
      </span>
      <Step label="Next error" keys="j" row={after} />
    </nav>
  );
}

function Step({ label, keys, row }: { label: string; keys: string; row: Row | undefined }) {
  const inside = (
    <>
      <Icon name="chevron" size={14} />
      <KeyCap keys={keys} />
    </>
  );
  const shared = {
    class: `button plain small issue-step of-${keys}`,
    "aria-label": label,
    title: `${label} (${keys.toUpperCase()})`,
  };
  if (!row) {
    return (
      <a {...shared} role="link" aria-disabled="true">
        {inside}
      </a>
    );
  }
  return (
    <a
      {...shared}
      href={issueHref(row)}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        walkTo(row);
      }}
    >
      {inside}
    </a>
  );
}
