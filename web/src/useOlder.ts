import { useState } from "preact/hooks";
import { api, isAbort, type Rows } from "./api/client";
import { toastError } from "./ui/Toast";

interface Older<T> {
  /** Those that were asked for since; null if none were. */
  older: readonly T[] | null;
  /** The first ones, and the older. */
  rows: readonly T[];
  isMore: boolean;
  busy: boolean;
  loadMore: () => Promise<void>;
}

/**
 * Follow a list from its first page on, a page at a time.
 *
 * What shows `rows` needs a `key` that changes with `first`: between another first page and the older ones some may be
 * missing.
 */
export function useOlder<T>(first: Rows<T>, load: (next: string) => Promise<Rows<T>> = api.page): Older<T> {
  const [older, setOlder] = useState<Pick<Rows<T>, "rows" | "next"> | null>(null);
  const [busy, setBusy] = useState(false);
  const { next } = older ?? first;

  async function loadMore(): Promise<void> {
    if (next === null) return;
    setBusy(true);
    try {
      const page = await load(next);
      setOlder({ rows: [...(older?.rows ?? []), ...page.rows], next: page.next });
    } catch (error) {
      if (!isAbort(error)) toastError(error);
    }
    setBusy(false);
  }

  const rows = older?.rows ?? null;
  return { older: rows, rows: [...first.rows, ...(rows ?? [])], isMore: next !== null, busy, loadMore };
}
