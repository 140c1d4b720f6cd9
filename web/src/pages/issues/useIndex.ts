import { useRef } from "preact/hooks";
import { keyOf } from "../../triage/issue";
import type { Row } from "./paging";

/** Return where the row stands that somebody is at; when it goes, the one that takes its place is meant. */
export function useIndex(rows: readonly Row[], current: string | null): number | null {
  const last = useRef<{ rows: readonly Row[]; current: string | null; index: number | null } | null>(null);
  const before = last.current;
  if (before?.rows === rows && before.current === current) return before.index;
  let index: number | null = null;
  if (current !== null) {
    const found = rows.findIndex((row) => keyOf(row) === current);
    const gone = before?.index == null ? null : Math.min(before.index, rows.length - 1);
    index = found >= 0 ? found : gone !== null && gone >= 0 ? gone : null;
  }
  last.current = { rows, current, index };
  return index;
}
