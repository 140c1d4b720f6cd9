import { useState } from "preact/hooks";
import { api } from "../../../api/client";
import type { PurgeDone } from "../../../api/types";
import { count } from "../../../format";
import { Button } from "../../../ui/Button";
import { ConfirmDialog } from "../../../ui/Dialog";
import { Panel } from "../../../ui/Panel";

/** A million events take a minute or two; whoever stops waiting ends the purge. */
const PATIENCE_MS = 30 * 60_000;

/** Not to wait until the server removes by itself what has aged out. */
export function PurgePanel({ onDone }: { onDone: () => void }) {
  const [isAsked, setAsked] = useState(false);
  const [done, setDone] = useState<PurgeDone | null>(null);
  async function purge(): Promise<void> {
    setDone(await api.post<PurgeDone>("/v1/admin/retention/purge", { confirm: true }, { patienceMs: PATIENCE_MS }));
    setAsked(false);
    onDone();
  }
  return (
    <Panel title="Remove old data now" flush>
      <ul class="acts">
        <li>
          <div>
            <h3>Data past its time</h3>
            <p class="quiet">
              The server removes it by itself from time to time. Here you can do it at once, after you have changed a
              number.
            </p>
            <p role="status">{done !== null && <b>{outcome(done)}</b>}</p>
          </div>
          <Button kind="danger" onClick={() => setAsked(true)}>
            Remove…
          </Button>
        </li>
      </ul>
      {isAsked && (
        <ConfirmDialog
          title="Remove what has aged out?"
          confirm="Remove it"
          typeName={location.hostname}
          onConfirm={purge}
          onClose={() => setAsked(false)}
        >
          Single events and counts by the hour that are older than they are kept go for good, of all projects of the
          server <b>{location.hostname}</b>. For a million events that takes a minute or two; events are taken meanwhile
          as always. Stay here until it is done.
        </ConfirmDialog>
      )}
    </Panel>
  );
}

function outcome(done: PurgeDone): string {
  const { raw_events_deleted: events, hourly_counts_deleted: counts } = done;
  if (events + counts === 0) return "There was nothing that had aged out.";
  return `Removed ${count(events, "single event")} and ${count(counts, "count by the hour", "counts by the hour")}.`;
}
