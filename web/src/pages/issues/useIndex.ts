import { useRef } from "preact/hooks";
import { keyOf } from "../../triage/issue";
import type { Row } from "./paging";

/** Return where the row stands that somebody is at; when it goes, the next one that is left is meant. */
export function useIndex(rows: readonly Row[], current: string | null): number | null {
  const last = useRef<{ rows: readonly Row[]; current: string | null; index: number | null } | null>(null);
  const before = last.current;
  if (before?.rows === rows && before.current === current) return before.index;
  let index: number | null = null;
  if (current !== null) {
    const found = indexNear(rows, current, before?.index ?? 0);
    const next = found < 0 && before?.index != null ? indexAfter(before.rows, before.index, rows) : null;
    index = found >= 0 ? found : next;
  }
  last.current = { rows, current, index };
  return index;
}

/** Return where the first row stands that is left of those from `index` on; else the last of all that are left. */
export function indexAfter(before: readonly Row[], index: number, rows: readonly Row[]): number | null {
  if (rows.length === 0) return null;
  const left = new Map(rows.map((row, at) => [keyOf(row), at]));
  for (const row of before.slice(index)) {
    const at = left.get(keyOf(row));
    if (at !== undefined) return at;
  }
  return rows.length - 1;
}

/** Return where a row stands, or -1: of ten thousands of rows it is nearly always one beside the last one. */
function indexNear(rows: readonly Row[], key: string, near: number): number {
  for (const index of [near, near + 1, near - 1]) {
    const row = rows[index];
    if (row && keyOf(row) === key) return index;
  }
  return rows.findIndex((row) => keyOf(row) === key);
}
