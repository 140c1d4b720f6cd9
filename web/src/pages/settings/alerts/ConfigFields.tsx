import type { Facets } from "../../../api/types";
import { Checkbox, Select } from "../../../ui/Field";
import { AmountField } from "../AmountField";
import { TextField } from "../fields";
import type { Faults } from "./checking";
import { type Duration, UNITS } from "./durations";
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

type Kind = "threshold" | "spike" | "escalating" | "mover";

/** Return what ties a field of the form to one figure of a kind of rule. */
function figuresOf<K extends Kind>(kind: K, { draft, change, faults, leave }: FormPartProps) {
  const figures: Draft[K] = draft[kind];
  /** `field` is by what name something is wrong with it, where that is not the figure's own. */
  return <F extends keyof Draft[K]>(figure: F, field = figure as FieldName) => ({
    value: figures[figure],
    onInput: (value: Draft[K][F]) => change({ [kind]: { ...figures, [figure]: value } }),
    onLeave: () => leave(field),
    error: faults[field],
  });
}

const COUNTED: readonly { value: CountedOf; label: string }[] = [
  { value: "each", label: "Each error by itself" },
  { value: "one", label: "One error" },
  { value: "route", label: "All errors of a route together" },
];

function ThresholdFields(props: FormPartProps) {
  const figure = figuresOf("threshold", props);
  const { of } = props.draft.threshold;
  return (
    <div class="figures-of-rule">
      <CountField label="More than" {...figure("more_than", "threshold")} />
      <SpanField label="Within" {...figure("window")} />
      <Select label="Counted of" options={COUNTED} value={of} onChange={figure("of").onInput} />
      {of === "one" && (
        <TextField
          label="Fingerprint of the error"
          code
          maxLength={500}
          hint="It stands in the address of its page."
          {...figure("fingerprint")}
        />
      )}
      {of === "route" && (
        <TextField
          label="Route whose errors are counted"
          code
          maxLength={500}
          suggestions={props.facets?.routes.map((known) => known.value) ?? []}
          {...figure("route", "counted_route")}
        />
      )}
    </div>
  );
}

function SpikeFields(props: FormPartProps) {
  const figure = figuresOf("spike", props);
  return (
    <div class="figures-of-rule">
      <TimesField {...figure("multiplier")} />
      <SpanField label="In the last" {...figure("compare")} />
      <SpanField label="Compared with the time before, of" {...figure("baseline")} />
      <CountField label="And at least" hint="After a quiet time, this alone decides." {...figure("min_count")} />
      <OnlyField otherwise="all errors together" {...figure("fingerprint")} />
    </div>
  );
}

function EscalatingFields(props: FormPartProps) {
  const figure = figuresOf("escalating", props);
  return (
    <div class="figures-of-rule">
      <TimesField {...figure("multiplier")} />
      <SpanField label="In the last" {...figure("window")} />
      <CountField label="And at least" {...figure("min_count")} />
      <OnlyField otherwise="each error by itself" {...figure("fingerprint")} />
    </div>
  );
}

function MoverFields(props: FormPartProps) {
  const figure = figuresOf("mover", props);
  const { direction } = props.draft.mover;
  return (
    <div class="figures-of-rule">
      <Select label="There are" options={DIRECTIONS} value={direction} onChange={figure("direction").onInput} />
      <TextField label="By at least" unit="%" inputMode="decimal" {...figure("percent")} />
      <SpanField label="In the last" hint="Compared with as long before." {...figure("window")} />
      <CountField label="And by at least" {...figure("min_change")} />
      <OnlyField otherwise="each error by itself" {...figure("fingerprint")} />
    </div>
  );
}

interface FigureProps<V> {
  value: V;
  onInput: (value: V) => void;
  onLeave: () => void;
  error: string | undefined;
}

function CountField(props: FigureProps<string> & { label: string; hint?: string }) {
  return <TextField unit="events" inputMode="numeric" {...props} />;
}

function TimesField(props: FigureProps<string>) {
  return <TextField label="More than" unit="times as many" inputMode="decimal" {...props} />;
}

function SpanField(props: FigureProps<Duration> & { label: string; hint?: string }) {
  return <AmountField units={UNITS} {...props} />;
}

/** The one error that a rule may be about; `otherwise` is what it looks at without it. */
function OnlyField({ otherwise, ...figure }: FigureProps<string> & { otherwise: string }) {
  return (
    <TextField
      label="Only the error"
      code
      maxLength={500}
      placeholder={otherwise}
      hint="Its fingerprint, as it stands in the address of its page."
      {...figure}
    />
  );
}
