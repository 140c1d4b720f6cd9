import { useShortcuts } from "../../keys";
import { listHref } from "../../lists";
import { go, href } from "../../router";
import { projectOf } from "../../session";
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

/** To the issues before and after this one in the list that somebody has come from, and back to its row. */
export function IssueWalk({ issue }: { issue: IssueKey }) {
  const place = placeOf(issue);
  const back = listHref();
  const before = place?.rows[place.index - 1];
  const after = place?.rows[place.index + 1];
  function walk(row: Row | undefined): void {
    if (!row) return;
    stepTo(back, keyOf(row));
    go(pageOf(row), { replace: true });
  }
  useShortcuts([
    { keys: "Escape", label: "Back to the list", group: "Issue", run: () => go(back) },
    { keys: "j", label: "Next issue of the list", group: "Issue", run: () => walk(after) },
    { keys: "k", label: "Previous issue of the list", group: "Issue", run: () => walk(before) },
  ]);
  if (!place) return null;
  return (
    <nav class="issue-walk" aria-label="Issues of the list">
      <Step label="Previous issue" keys="k" row={before} />
      <span class="quiet small number">
        {place.index + 1} / {place.rows.length}
      </span>
      <Step label="Next issue" keys="j" row={after} />
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
      href={pageOf(row)}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        stepTo(listHref(), keyOf(row));
        go(pageOf(row), { replace: true });
      }}
    >
      {inside}
    </a>
  );
}

/** Return the address of an issue's page. */
export function pageOf(issue: IssueKey): string {
  const slug = projectOf(issue.project_id)?.slug ?? issue.project_id;
  return href(`/issues/${encodeURIComponent(issue.fingerprint)}`, { project: slug });
}
