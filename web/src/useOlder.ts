import { useState } from "preact/hooks";
import { api, isAbort, type Rows } from "./api/client";
import { toastError } from "./ui/Toast";

interface Older<T> {
  /** The first ones, and those that were asked for since. */
  rows: readonly T[];
  isMore: boolean;
  busy: boolean;
  loadMore: () => Promise<void>;
}

/** Follow a list from its first page on, a page at a time. What holds it needs a `key` that changes with `first`. */
export function useOlder<T>(first: Rows<T>, load: (next: string) => Promise<Rows<T>> = api.page): Older<T> {
  const [older, setOlder] = useState<readonly T[]>([]);
  const [next, setNext] = useState(first.next);
  const [busy, setBusy] = useState(false);

  async function loadMore(): Promise<void> {
    if (next === null) return;
    setBusy(true);
    try {
      const page = await load(next);
      setOlder([...older, ...page.rows]);
      setNext(page.next);
    } catch (error) {
      if (!isAbort(error)) toastError(error);
    }
    setBusy(false);
  }

  return { rows: [...first.rows, ...older], isMore: next !== null, busy, loadMore };
}
