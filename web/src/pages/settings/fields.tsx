/**
 * Fields that the larger forms of the settings are made of.
 *
 * Other than those of dialogs they never take the focus when something is wrong with them: what is said here comes
 * while somebody types elsewhere. Whoever sends a form calls `focusFirstFault`.
 */

import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import "../../styles/field.css";
import "../../styles/pages/fields.css";
import { Note } from "../../ui/Field";

interface TextFieldProps {
  label: string;
  value: string;
  onInput: (value: string) => void;
  /** Called when the field is left: from then on what is wrong with it may be said. */
  onLeave?: (() => void) | undefined;
  hint?: ComponentChildren;
  error?: string | null | undefined;
  placeholder?: string | undefined;
  /** Values that are known; others can be typed all the same. */
  suggestions?: readonly string[];
  /** Stands behind the field, such as "times". */
  unit?: ComponentChildren;
  inputMode?: "numeric" | "decimal" | "url" | "email";
  maxLength?: number;
  /** For URLs, patterns and the like: letters of one width, no corrections by the keyboard of a phone. */
  code?: boolean;
  disabled?: boolean | undefined;
  /** More than one has room for that many lines of text. */
  lines?: number;
  /** The label is for screen readers alone, where the place says it to all others. */
  hideLabel?: boolean;
}

/** A line of text, or several, with its label. */
export function TextField({ label, hint, error, unit, lines = 1, suggestions, hideLabel, ...more }: TextFieldProps) {
  const id = useId();
  const shared = {
    id,
    class: `control${more.code ? " mono" : ""}${lines > 1 ? " lines-of-text" : ""}`,
    value: more.value,
    disabled: more.disabled,
    placeholder: more.placeholder,
    maxLength: more.maxLength,
    "aria-invalid": error ? true : undefined,
    "aria-describedby": error || hint ? `${id}-note` : undefined,
    onBlur: whenLeft(more.onLeave),
    ...(more.code ? ({ autocapitalize: "none", spellcheck: false } as const) : {}),
  };
  return (
    <div class="field">
      <label for={id} class={hideLabel ? "unseen" : undefined}>
        {label}
      </label>
      {lines > 1 ? (
        <textarea {...shared} rows={lines} onInput={(event) => more.onInput(event.currentTarget.value)} />
      ) : (
        <span class={unit ? "with-unit" : undefined}>
          <input
            {...shared}
            type="text"
            autocomplete="off"
            inputMode={more.inputMode}
            {...(suggestions?.length ? { list: `${id}-list` } : {})}
            onInput={(event) => more.onInput(event.currentTarget.value)}
          />
          {unit && <span class="quiet">{unit}</span>}
        </span>
      )}
      {suggestions && suggestions.length > 0 && (
        <datalist id={`${id}-list`}>
          {suggestions.map((known) => (
            <option key={known} value={known} />
          ))}
        </datalist>
      )}
      <Note id={`${id}-note`} hint={hint} error={error} />
    </div>
  );
}

const A_PRESS_MS = 300;

/** What is said when a field is left moves what stands below it: not while a button there is being pressed. */
export function whenLeft(onLeave: (() => void) | undefined): ((event: FocusEvent) => void) | undefined {
  if (onLeave === undefined) return undefined;
  return (event) => {
    const isPressing = event.relatedTarget instanceof Element && event.relatedTarget.closest("button") !== null;
    // Not every browser says which button it is.
    if (!isPressing) setTimeout(onLeave, A_PRESS_MS);
  };
}

interface ChoiceProps<V extends string> {
  /** What is chosen. */
  legend: string;
  options: readonly { value: V; label: string; about: ComponentChildren }[];
  value: V;
  onChange: (value: V) => void;
  disabled?: boolean;
}

/** One of a few, with a sentence on each. */
export function Choice<V extends string>({ legend, options, value, onChange, disabled }: ChoiceProps<V>) {
  const id = useId();
  return (
    <fieldset class="choice">
      <legend>{legend}</legend>
      {options.map((option) => (
        <div key={option.value} class="choice-option">
          <input
            type="radio"
            id={`${id}-${option.value}`}
            name={id}
            checked={option.value === value}
            disabled={disabled}
            aria-describedby={`${id}-${option.value}-about`}
            onChange={() => onChange(option.value)}
          />
          <label for={`${id}-${option.value}`}>{option.label}</label>
          <p class="note" id={`${id}-${option.value}-about`}>
            {option.about}
          </p>
        </div>
      ))}
    </fieldset>
  );
}

interface SwitchProps {
  /** What is on or off, for screen readers: the place says it to all others. */
  label: string;
  checked: boolean;
  onChange: (checked: boolean) => void;
  disabled?: boolean;
}

/** Something that is on or off, and changes at once. */
export function Switch({ label, checked, onChange, disabled }: SwitchProps) {
  return (
    <button
      type="button"
      role="switch"
      class="switch"
      aria-checked={checked}
      aria-label={label}
      title={label}
      disabled={disabled}
      onClick={() => onChange(!checked)}
    >
      <span class="switch-track" />
      <span class="switch-word">{checked ? "On" : "Off"}</span>
    </button>
  );
}

/** Have the focus at the first field of a form that something is wrong with, once it is drawn so. */
export function focusFirstFault(form: HTMLElement | null): void {
  setTimeout(() => form?.querySelector<HTMLElement>("[aria-invalid]")?.focus());
}
