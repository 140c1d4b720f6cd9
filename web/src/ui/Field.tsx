import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import "../styles/field.css";

interface FieldProps {
  label: string;
  value: string;
  onInput: (value: string) => void;
  /** Under the field, as long as there is no error. */
  hint?: ComponentChildren;
  /** What is wrong with the value. */
  error?: string | null | undefined;
  type?: "text" | "password" | "number";
  placeholder?: string;
  autocomplete?: string;
  maxLength?: number;
  min?: number;
  max?: number;
  /** For keys, slugs and the like: letters of one width, no corrections by the keyboard of a phone. */
  code?: boolean;
  required?: boolean;
  disabled?: boolean;
  autoFocus?: boolean;
}

/** One line of text with its label. */
export function Field({ label, value, onInput, hint, error, code, autoFocus, type = "text", ...input }: FieldProps) {
  const id = useId();
  const element = useRef<HTMLInputElement>(null);
  // Where something is wrong is where to go on; a screen reader says there what it is.
  useEffect(() => {
    if (error) element.current?.focus();
  }, [error]);
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        {...input}
        type={type as "text"}
        {...(code ? { autocapitalize: "none", autocorrect: "off", spellcheck: false } : {})}
        ref={(input) => {
          element.current = input;
          if (autoFocus) focusOnce(input);
        }}
        id={id}
        class={code ? "control mono" : "control"}
        value={value}
        aria-invalid={error ? true : undefined}
        aria-describedby={error || hint ? `${id}-note` : undefined}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
      <Note id={`${id}-note`} hint={hint} error={error} />
    </div>
  );
}

interface SelectProps<V extends string> {
  label: string;
  value: V;
  options: readonly { value: V; label: string }[];
  onChange: (value: V) => void;
  hint?: ComponentChildren;
  error?: string | null | undefined;
  disabled?: boolean;
  /** The label is for screen readers alone, where the place says it to all others. */
  hideLabel?: boolean;
}

/** A choice of one among a few; for many, with a search, use the palette. */
export function Select<V extends string>({ label, options, value, onChange, hint, error, ...more }: SelectProps<V>) {
  const id = useId();
  return (
    <div class="field">
      <label for={id} class={more.hideLabel ? "unseen" : undefined}>
        {label}
      </label>
      <select
        id={id}
        class="control"
        value={value}
        disabled={more.disabled}
        aria-invalid={error ? true : undefined}
        aria-describedby={error || hint ? `${id}-note` : undefined}
        onChange={(event) => onChange(event.currentTarget.value as V)}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
      <Note id={`${id}-note`} hint={hint} error={error} />
    </div>
  );
}

interface CheckboxProps {
  label: ComponentChildren;
  checked: boolean;
  onChange: (checked: boolean) => void;
  hint?: ComponentChildren;
  disabled?: boolean;
}

/** Something that is so or not. */
export function Checkbox({ label, checked, onChange, hint, disabled }: CheckboxProps) {
  const id = useId();
  return (
    <div class="checkbox">
      <input
        type="checkbox"
        id={id}
        checked={checked}
        disabled={disabled}
        aria-describedby={hint ? `${id}-note` : undefined}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      <label for={id}>{label}</label>
      {hint && (
        <p class="note" id={`${id}-note`}>
          {hint}
        </p>
      )}
    </div>
  );
}

/** What is wrong with a form as a whole; read out when it appears. Takes no room while there is nothing. */
export function FormError({ children }: { children?: ComponentChildren }) {
  const element = useRef<HTMLDivElement>(null);
  // In a long form, or on a phone, it may be out of sight.
  useEffect(() => {
    if (children) element.current?.scrollIntoView({ block: "nearest" });
  }, [Boolean(children)]);
  return (
    <div ref={element} role="alert" class={children ? "form-error" : undefined}>
      {children}
    </div>
  );
}

/** What stands under a field: what is wrong with it, else what helps to fill it in. */
export function Note({ id, hint, error }: { id: string; hint?: ComponentChildren; error?: string | null | undefined }) {
  if (!hint && !error) return null;
  return (
    <p id={id} class={error ? "note bad" : "note"} aria-live="polite">
      {error || hint}
    </p>
  );
}

function focusOnce(input: HTMLInputElement | null): void {
  if (input !== null && !input.dataset.focused) {
    input.dataset.focused = "yes";
    input.focus();
  }
}
