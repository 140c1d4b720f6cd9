import { useEffect, useRef } from "preact/hooks";
import { issueHref, slugOf } from "../../links";
import { go, query, setQuery } from "../../router";
import { isAll, project, projects } from "../../session";
import { type IssueKey, keyOf } from "../../triage/issue";
import type { Row } from "./paging";

/** The panel beside the list follows the keyboard when it rests: an address may not change without end. */
const REST_MS = 120;
/** Narrower windows have no room for a panel. */
const NO_ROOM = "(max-width: 60rem)";

interface Peeking {
  /** What is shown beside the list. */
  shown: IssueKey | null;
  /** Its key. */
  key: string | null;
  show: (row: Row) => void;
  close: () => void;
}

/** The issue that the address shows beside the list; where there is no room for that, its page is gone to. */
export function usePeek(rows: readonly Row[]): Peeking {
  const named = query.value.get("peek");
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const meant = named === null ? null : issueOf(named, rows);
  const isNarrow = matchMedia(NO_ROOM).matches;
  const place = meant && issueHref(meant);
  useEffect(() => {
    if (place !== null && isNarrow) go(place, { replace: true });
  }, [place, isNarrow]);
  return {
    shown: isNarrow ? null : meant,
    key: meant && keyOf(meant),
    show(row: Row): void {
      clearTimeout(timer.current);
      if (isNarrow) go(issueHref(row));
      else timer.current = setTimeout(() => setQuery({ peek: nameOf(row) }), named === null ? 0 : REST_MS);
    },
    close(): void {
      clearTimeout(timer.current);
      setQuery({ peek: null });
    },
  };
}

/** Return what the address calls an issue: among all projects, several may have one of the same fingerprint. */
function nameOf({ project_id, fingerprint }: IssueKey): string {
  return isAll.value ? `${slugOf(project_id)}/${fingerprint}` : fingerprint;
}

/** Return the issue that the address names; null if there is no telling whose it is. */
function issueOf(named: string, rows: readonly Row[]): IssueKey | null {
  if (project.value) return { project_id: project.value.id, fingerprint: named };
  const [slug, ...rest] = named.split("/");
  const own = projects.value.find((known) => known.slug === slug || known.id === slug);
  if (own && rest.length > 0) return { project_id: own.id, fingerprint: rest.join("/") };
  const found = rows.find((row) => row.fingerprint === named);
  return found ? { project_id: found.project_id, fingerprint: named } : null;
}
