import type { ComponentChildren } from "preact";
import type { Rows } from "../../api/client";
import type { LoadedState } from "../../api/useLoaded";
import { Button } from "../../ui/Button";
import { Loaded, SkeletonRows } from "../../ui/States";
import { useOlder } from "../../useOlder";

interface LogProps<T extends { id: number }> {
  /** What it lists, for screen readers. */
  label: string;
  /** The newest entries. */
  from: LoadedState<Rows<T>>;
  /** Stands there when there are none. */
  nothing: ComponentChildren;
  /** Entries of a few words stand on one line where there is room. */
  look?: "log" | "entries";
  children: (row: T) => ComponentChildren;
}

/** A log, the newest first, with a button for what is older. */
export function LogOf<T extends { id: number }>({ from, nothing, ...more }: LogProps<T>) {
  return (
    <Loaded from={from} skeleton={<SkeletonRows rows={7} height="3.5rem" />}>
      {(page) => (page.rows.length === 0 ? nothing : <Entries key={page.rows[0]?.id} first={page} {...more} />)}
    </Loaded>
  );
}

interface EntriesProps<T extends { id: number }> extends Pick<LogProps<T>, "label" | "look" | "children"> {
  first: Rows<T>;
}

function Entries<T extends { id: number }>({ first, label, look = "log", children }: EntriesProps<T>) {
  const { rows, isMore, busy, loadMore } = useOlder(first);
  return (
    <>
      <ol class={look} aria-label={label}>
        {rows.map((row) => (
          <li key={row.id}>{children(row)}</li>
        ))}
      </ol>
      <div class="panel-foot">
        {isMore ? (
          <Button busy={busy} onClick={loadMore}>
            Load more
          </Button>
        ) : (
          <p class="quiet">That is all.</p>
        )}
      </div>
    </>
  );
}
