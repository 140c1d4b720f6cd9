import { useRef } from "preact/hooks";
import { Button } from "../../../ui/Button";
import { useKeptFocus } from "../../../ui/keptFocus";
import { TextField } from "../fields";
import type { Header } from "./channels";

const MOST = 20;

interface HeaderFieldsProps {
  headers: readonly Header[];
  error: string | undefined;
  onChange: (headers: readonly Header[]) => void;
}

/** Headers that a webhook is sent with; values are secrets, and an empty one leaves what is stored. */
export function HeaderFields({ headers, error, onChange }: HeaderFieldsProps) {
  const set = (index: number, changes: Partial<Header>) =>
    onChange(headers.map((known, at) => (at === index ? { ...known, ...changes } : known)));
  const fields = useRef<HTMLFieldSetElement>(null);
  useKeptFocus(fields);
  return (
    <fieldset ref={fields} class="header-fields">
      <legend>Headers (optional)</legend>
      {headers.map((header, index) => (
        <div key={index} class="header-field">
          <TextField
            label={`Name of header ${index + 1}`}
            hideLabel
            code
            value={header.name}
            placeholder="Authorization"
            maxLength={64}
            onInput={(name) => set(index, { name })}
          />
          <TextField
            label={`Value of header ${index + 1}`}
            hideLabel
            code
            value={header.value}
            placeholder="value; empty keeps what is stored"
            maxLength={1_024}
            onInput={(value) => set(index, { value })}
          />
          <Button
            icon="close"
            label={`Remove header ${index + 1}`}
            onClick={() => onChange(headers.filter((_, at) => at !== index))}
          />
        </div>
      ))}
      <p class="note bad" aria-live="polite">
        {error}
      </p>
      {headers.length < MOST && (
        <div class="row">
          <Button size="small" icon="plus" onClick={() => onChange([...headers, { name: "", value: "" }])}>
            Add header
          </Button>
        </div>
      )}
    </fieldset>
  );
}
