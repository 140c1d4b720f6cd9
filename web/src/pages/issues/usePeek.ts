import { useEffect, useRef } from "preact/hooks";
import { go, href, query, setQuery } from "../../router";
import { project, projectOf } from "../../session";
import type { IssueKey } from "../../triage/issue";
import type { Row } from "./paging";

/** The panel beside the list follows the keyboard when it rests: an address may not change without end. */
const REST_MS = 120;
/** Narrower windows have no room for a panel. */
const NO_ROOM = "(max-width: 60rem)";

export interface Peeking {
  /** What is shown beside the list. */
  shown: IssueKey | null;
  show: (row: Row) => void;
  close: () => void;
}

/** The issue that the address shows beside the list; where there is no room for that, its page is gone to. */
export function usePeek(rows: readonly Row[]): Peeking {
  const named = query.value.get("peek");
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const found = named === null ? undefined : rows.find((row) => row.fingerprint === named);
  const projectId = found?.project_id ?? project.value?.id;
  const isNarrow = matchMedia(NO_ROOM).matches;
  useEffect(() => {
    if (named !== null && projectId !== undefined && isNarrow) go(pageOf(projectId, named), { replace: true });
  }, [named, projectId, isNarrow]);
  return {
    shown:
      named !== null && projectId !== undefined && !isNarrow ? { project_id: projectId, fingerprint: named } : null,
    show(row: Row): void {
      clearTimeout(timer.current);
      if (isNarrow) go(pageOf(row.project_id, row.fingerprint));
      else timer.current = setTimeout(() => setQuery({ peek: row.fingerprint }), named === null ? 0 : REST_MS);
    },
    close(): void {
      clearTimeout(timer.current);
      setQuery({ peek: null });
    },
  };
}

/** Return the address of an issue's page; it names the issue's own project. */
export function pageOf(projectId: string, fingerprint: string): string {
  return href(`/issues/${encodeURIComponent(fingerprint)}`, { project: projectOf(projectId)?.slug ?? projectId });
}
