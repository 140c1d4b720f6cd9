import { useId } from "preact/hooks";
import "../../../styles/field.css";
import { Note } from "../../../ui/Field";
import { SIZE_UNITS, type Size, type SizeUnit } from "./sizes";

interface SizeFieldProps {
  label: string;
  value: Size;
  onChange: (value: Size) => void;
  error?: string | undefined;
  hint?: string;
}

/** A size: how many, and of what; empty is no limit. */
export function SizeField({ label, value, onChange, error, hint }: SizeFieldProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <span class="duration">
        <input
          id={id}
          class="control"
          type="text"
          inputMode="decimal"
          autocomplete="off"
          placeholder="no limit"
          value={value.amount}
          aria-invalid={error ? true : undefined}
          aria-describedby={error || hint ? `${id}-note` : undefined}
          onInput={(event) => onChange({ ...value, amount: event.currentTarget.value })}
        />
        <select
          class="control"
          aria-label={`${label}: unit`}
          value={value.unit}
          onChange={(event) => onChange({ ...value, unit: event.currentTarget.value as SizeUnit })}
        >
          {SIZE_UNITS.map((unit) => (
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
