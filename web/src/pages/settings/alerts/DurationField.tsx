import { useId } from "preact/hooks";
import "../../../styles/field.css";
import { Note } from "../../../ui/Field";
import { whenLeft } from "../fields";
import { type Duration, UNITS, type Unit } from "./durations";

interface DurationFieldProps {
  label: string;
  value: Duration;
  onChange: (value: Duration) => void;
  onLeave?: () => void;
  error?: string | undefined;
  hint?: string;
}

/** A span of time: how many, and of what. */
export function DurationField({ label, value, onChange, onLeave, error, hint }: DurationFieldProps) {
  const id = useId();
  const notes = {
    "aria-invalid": error ? true : undefined,
    "aria-describedby": error || hint ? `${id}-note` : undefined,
  };
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <span class="duration">
        <input
          {...notes}
          id={id}
          class="control"
          type="text"
          inputMode="decimal"
          autocomplete="off"
          value={value.amount}
          onInput={(event) => onChange({ ...value, amount: event.currentTarget.value })}
          onBlur={whenLeft(onLeave)}
        />
        <select
          class="control"
          aria-label={`${label}: unit`}
          value={value.unit}
          onChange={(event) => onChange({ ...value, unit: event.currentTarget.value as Unit })}
        >
          {UNITS.map((unit) => (
            <option key={unit.value} value={unit.value}>
              {unit.label}
            </option>
          ))}
        </select>
      </span>
      <Note id={`${id}-note`} hint={hint} error={error} />
    </div>
  );
}
