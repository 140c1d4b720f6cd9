import { useEffect, useRef, useState } from "preact/hooks";
import { api } from "../../../api/client";
import type { GlobalRetention } from "../../../api/types";
import { useSubmission } from "../../../forms";
import { Button } from "../../../ui/Button";
import { FormError } from "../../../ui/Field";
import { Panel } from "../../../ui/Panel";
import { toast } from "../../../ui/Toast";
import { AmountField } from "../AmountField";
import { focusFirstFault, TextField } from "../fields";
import { UndoChanges, useUnsaved } from "../leaving";
import { type GlobalDraft, type GlobalField, globalDraft, globalFaults, globalInput } from "./retention";
import { SIZE_UNITS } from "./sizes";

const REFUSALS: Record<GlobalField, RegExp> = {
  raw_events_days: /^raw_events_days/i,
  hourly_counts_days: /^hourly_counts_days/i,
  aggregates_days: /^aggregates_days/i,
  max_bytes: /^max_bytes/i,
};

/** What holds for all projects that have nothing of their own. */
export function GlobalForm({ stored, onSaved }: { stored: GlobalRetention; onSaved: () => void }) {
  const element = useRef<HTMLFormElement>(null);
  const [draft, setDraft] = useState<GlobalDraft>(() => globalDraft(stored));
  const seen = useRef(draft);
  const start = JSON.stringify(globalDraft(stored));
  useEffect(() => {
    // What somebody has typed since they saved, or since another tab has, stays.
    if (JSON.stringify(draft) === JSON.stringify(seen.current)) setDraft(globalDraft(stored));
    seen.current = globalDraft(stored);
  }, [start]);
  const [isTried, setTried] = useState(false);
  const form = useSubmission<GlobalField>(REFUSALS);
  const found = globalFaults(draft);
  const faults = { ...form.errors, ...(isTried ? found : {}) };
  const isChanged = JSON.stringify(draft) !== start;
  const question = useUnsaved(isChanged);
  const set = (changes: Partial<GlobalDraft>) => {
    form.fail({});
    setDraft((before) => ({ ...before, ...changes }));
  };

  async function save(): Promise<void> {
    setTried(true);
    focusFirstFault(element.current);
    if (Object.keys(found).length > 0) return;
    await form.submit(async () => {
      await api.put("/v1/admin/retention", globalInput(draft, stored));
      seen.current = draft;
      toast("It holds from the next purge on.");
      onSaved();
    });
    focusFirstFault(element.current);
  }

  return (
    <Panel title="For all projects" about="What ages out goes a whole UTC day at a time.">
      <form
        ref={element}
        class="stack"
        noValidate
        aria-label="For all projects"
        data-unsaved={isChanged || undefined}
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <div class="retention-fields">
          <TextField
            label="Single events"
            unit="days"
            inputMode="numeric"
            value={draft.raw_events_days}
            onInput={(raw_events_days) => set({ raw_events_days })}
            error={faults.raw_events_days}
            hint="They take nearly all the room. A project may have another number."
          />
          <TextField
            label="Counts by the hour"
            unit="days"
            inputMode="numeric"
            value={draft.hourly_counts_days}
            onInput={(hourly_counts_days) => set({ hourly_counts_days })}
            error={faults.hourly_counts_days}
            hint="Trends begin where they end."
          />
          <TextField
            label="Errors that are not seen any more"
            unit="days"
            inputMode="numeric"
            placeholder="for ever"
            value={draft.aggregates_days}
            onInput={(aggregates_days) => set({ aggregates_days })}
            error={faults.aggregates_days}
            hint="With all that hangs on them. What is ignored, muted, assigned or commented on stays."
          />
          <AmountField
            label="Budget of the database"
            value={draft.max_bytes}
            units={SIZE_UNITS}
            placeholder="no limit"
            onInput={(max_bytes) => set({ max_bytes })}
            error={faults.max_bytes}
            hint="Beyond it the oldest single events go before their time."
          />
        </div>
        <p class="quiet">
          What is left empty is as the configuration says. It also says how long source maps are kept (
          <code>source_maps.max_age_days</code>) and the audit log (<code>retention.audit_days</code>).
        </p>
        <FormError>{form.errors.form}</FormError>
        <div class="row">
          <Button submit kind="primary" busy={form.busy} disabled={!isChanged}>
            Save
          </Button>
          {isChanged && <UndoChanges disabled={form.busy} undo={() => set(globalDraft(stored))} />}
        </div>
      </form>
      {question}
    </Panel>
  );
}
