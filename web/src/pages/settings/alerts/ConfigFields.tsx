import type { Facets } from "../../../api/types";
import { Checkbox, Select } from "../../../ui/Field";
import { TextField } from "../fields";
import type { Faults } from "./checking";
import { DurationField } from "./DurationField";
import { type CountedOf, DIRECTIONS, type Draft, type FieldName } from "./rules";

export interface FormPartProps {
  draft: Draft;
  change: (changes: Partial<Draft>) => void;
  /** What is to be said to be wrong now. */
  faults: Faults;
  /** Called when a field is left. */
  leave: (field: FieldName) => void;
  facets: Facets | undefined;
}

/** The figures of the chosen kind of rule. */
export function ConfigFields(props: FormPartProps) {
  switch (props.draft.type) {
    case "new_issue":
      return (
        <Checkbox
          label="Also when an error is back that was resolved"
          checked={props.draft.regressions}
          onChange={(regressions) => props.change({ regressions })}
        />
      );
    case "threshold":
      return <ThresholdFields {...props} />;
    case "spike":
      return <SpikeFields {...props} />;
    case "escalating":
      return <EscalatingFields {...props} />;
    case "mover":
      return <MoverFields {...props} />;
    default:
      return null;
  }
}

const COUNTED: readonly { value: CountedOf; label: string }[] = [
  { value: "each", label: "Each error by itself" },
  { value: "one", label: "One error" },
  { value: "route", label: "All errors of a route together" },
];

function ThresholdFields({ draft, change, faults, leave, facets }: FormPartProps) {
  const { threshold } = draft;
  const set = (changes: Partial<Draft["threshold"]>) => change({ threshold: { ...threshold, ...changes } });
  return (
    <div class="figures-of-rule">
      <TextField
        label="More than"
        unit="events"
        inputMode="numeric"
        value={threshold.more_than}
        onInput={(more_than) => set({ more_than })}
        onLeave={() => leave("threshold")}
        error={faults.threshold}
      />
      <DurationField
        label="Within"
        value={threshold.window}
        onChange={(window) => set({ window })}
        onLeave={() => leave("window")}
        error={faults.window}
      />
      <Select label="Counted of" options={COUNTED} value={threshold.of} onChange={(of) => set({ of })} />
      {threshold.of === "one" && (
        <TextField
          label="Fingerprint of the error"
          code
          maxLength={500}
          value={threshold.fingerprint}
          onInput={(fingerprint) => set({ fingerprint })}
          onLeave={() => leave("fingerprint")}
          error={faults.fingerprint}
          hint="It stands in the address of its page."
        />
      )}
      {threshold.of === "route" && (
        <TextField
          label="Route whose errors are counted"
          code
          maxLength={500}
          value={threshold.route}
          onInput={(route) => set({ route })}
          onLeave={() => leave("counted_route")}
          suggestions={facets?.routes.map((known) => known.value) ?? []}
          error={faults.counted_route}
        />
      )}
    </div>
  );
}

function SpikeFields({ draft, change, faults, leave }: FormPartProps) {
  const { spike } = draft;
  const set = (changes: Partial<Draft["spike"]>) => change({ spike: { ...spike, ...changes } });
  return (
    <div class="figures-of-rule">
      <TextField
        label="More than"
        unit="times as many"
        inputMode="decimal"
        value={spike.multiplier}
        onInput={(multiplier) => set({ multiplier })}
        onLeave={() => leave("multiplier")}
        error={faults.multiplier}
      />
      <DurationField
        label="In the last"
        value={spike.compare}
        onChange={(compare) => set({ compare })}
        onLeave={() => leave("compare")}
        error={faults.compare}
      />
      <DurationField
        label="Compared with the time before, of"
        value={spike.baseline}
        onChange={(baseline) => set({ baseline })}
        onLeave={() => leave("baseline")}
        error={faults.baseline}
      />
      <TextField
        label="And at least"
        unit="events"
        inputMode="numeric"
        value={spike.min_count}
        onInput={(min_count) => set({ min_count })}
        onLeave={() => leave("min_count")}
        error={faults.min_count}
        hint="After a quiet time, this alone decides."
      />
      <OnlyField
        value={spike.fingerprint}
        onInput={(fingerprint) => set({ fingerprint })}
        onLeave={() => leave("fingerprint")}
        error={faults.fingerprint}
        otherwise="all errors together"
      />
    </div>
  );
}

function EscalatingFields({ draft, change, faults, leave }: FormPartProps) {
  const { escalating } = draft;
  const set = (changes: Partial<Draft["escalating"]>) => change({ escalating: { ...escalating, ...changes } });
  return (
    <div class="figures-of-rule">
      <TextField
        label="More than"
        unit="times as many"
        inputMode="decimal"
        value={escalating.multiplier}
        onInput={(multiplier) => set({ multiplier })}
        onLeave={() => leave("multiplier")}
        error={faults.multiplier}
      />
      <DurationField
        label="In the last"
        value={escalating.window}
        onChange={(window) => set({ window })}
        onLeave={() => leave("window")}
        error={faults.window}
      />
      <TextField
        label="And at least"
        unit="events"
        inputMode="numeric"
        value={escalating.min_count}
        onInput={(min_count) => set({ min_count })}
        onLeave={() => leave("min_count")}
        error={faults.min_count}
      />
      <OnlyField
        value={escalating.fingerprint}
        onInput={(fingerprint) => set({ fingerprint })}
        onLeave={() => leave("fingerprint")}
        error={faults.fingerprint}
        otherwise="each error by itself"
      />
    </div>
  );
}

function MoverFields({ draft, change, faults, leave }: FormPartProps) {
  const { mover } = draft;
  const set = (changes: Partial<Draft["mover"]>) => change({ mover: { ...mover, ...changes } });
  return (
    <div class="figures-of-rule">
      <Select
        label="There are"
        options={DIRECTIONS}
        value={mover.direction}
        onChange={(direction) => set({ direction })}
      />
      <TextField
        label="By at least"
        unit="%"
        inputMode="decimal"
        value={mover.percent}
        onInput={(percent) => set({ percent })}
        onLeave={() => leave("percent")}
        error={faults.percent}
      />
      <DurationField
        label="In the last"
        value={mover.window}
        onChange={(window) => set({ window })}
        onLeave={() => leave("window")}
        error={faults.window}
        hint="Compared with as long before."
      />
      <TextField
        label="And by at least"
        unit="events"
        inputMode="numeric"
        value={mover.min_change}
        onInput={(min_change) => set({ min_change })}
        onLeave={() => leave("min_change")}
        error={faults.min_change}
      />
      <OnlyField
        value={mover.fingerprint}
        onInput={(fingerprint) => set({ fingerprint })}
        onLeave={() => leave("fingerprint")}
        error={faults.fingerprint}
        otherwise="each error by itself"
      />
    </div>
  );
}

interface OnlyFieldProps {
  value: string;
  onInput: (value: string) => void;
  onLeave: () => void;
  error: string | undefined;
  /** What the rule looks at without it. */
  otherwise: string;
}

/** The one error that a rule may be about. */
function OnlyField({ otherwise, ...field }: OnlyFieldProps) {
  return (
    <TextField
      label="Only the error"
      code
      maxLength={500}
      placeholder={otherwise}
      hint="Its fingerprint, as it stands in the address of its page."
      {...field}
    />
  );
}
