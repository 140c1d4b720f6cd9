import { useId } from "preact/hooks";
import "../../styles/field.css";
import "../../styles/pages/fields.css";
import { Note } from "../../ui/Field";
import { whenLeft } from "./fields";

/** So many of a unit, as it stands in a form. */
export interface Amount<U extends string> {
  /** As it was typed. */
  amount: string;
  unit: U;
}

interface AmountFieldProps<U extends string> {
  label: string;
  value: Amount<U>;
  units: readonly U[];
  onInput: (value: Amount<U>) => void;
  onLeave?: () => void;
  placeholder?: string;
  error?: string | undefined;
  hint?: string;
}

/** How many, and of what. */
export function AmountField<U extends string>({ label, value, units, error, hint, ...more }: AmountFieldProps<U>) {
  const id = useId();
  const notes = {
    "aria-invalid": error ? true : undefined,
    "aria-describedby": error || hint ? `${id}-note` : undefined,
  };
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <span class="amount">
        <input
          {...notes}
          id={id}
          class="control"
          type="text"
          inputMode="decimal"
          autocomplete="off"
          placeholder={more.placeholder}
          value={value.amount}
          onInput={(event) => more.onInput({ ...value, amount: event.currentTarget.value })}
          onBlur={whenLeft(more.onLeave)}
        />
        <select
          class="control"
          aria-label={`${label}: unit`}
          value={value.unit}
          onChange={(event) => more.onInput({ ...value, unit: event.currentTarget.value as U })}
        >
          {units.map((unit) => (
            <option key={unit} value={unit}>
              {unit}
            </option>
          ))}
        </select>
      </span>
      <Note id={`${id}-note`} hint={hint} error={error} />
    </div>
  );
}
