import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { api, isAbort, type Rows } from "../../../api/client";
import { Button } from "../../../ui/Button";
import { toastError } from "../../../ui/Toast";

interface PagedProps<T extends { id: number }> {
  /** What it lists, for screen readers. */
  label: string;
  first: Rows<T>;
  children: (row: T) => ComponentChildren;
}

/** Entries that came first, and the older ones that were asked for. Give it a `key` that changes with the first page. */
export function Paged<T extends { id: number }>({ label, first, children }: PagedProps<T>) {
  const [older, setOlder] = useState<readonly T[]>([]);
  const [next, setNext] = useState(first.next);
  const [busy, setBusy] = useState(false);

  async function loadMore(): Promise<void> {
    if (next === null) return;
    setBusy(true);
    try {
      const page = await api.page<T>(next);
      setOlder([...older, ...page.rows]);
      setNext(page.next);
    } catch (error) {
      if (!isAbort(error)) toastError(error);
    }
    setBusy(false);
  }

  return (
    <>
      <ol class="log" aria-label={label}>
        {[...first.rows, ...older].map((row) => (
          <li key={row.id}>{children(row)}</li>
        ))}
      </ol>
      <div class="panel-foot">
        {next === null ? (
          <p class="quiet">That is all.</p>
        ) : (
          <Button busy={busy} onClick={loadMore}>
            Load more
          </Button>
        )}
      </div>
    </>
  );
}
