import { useState } from "preact/hooks";
import { Button } from "../../ui/Button";
import { CopyButton } from "../../ui/CopyButton";
import { Icon } from "../../ui/Icon";
import { masked } from "./snippets";

/** A secret that is told this once: a token, or the link of an invite. */
export function SecretOnce({ value, label, warning }: { value: string; label: string; warning: string }) {
  return (
    <div class="stack">
      <p class="secret-warning">
        <Icon name="alert" />
        {warning}
      </p>
      <div class="secret">
        <code class="secret-text whole">{value}</code>
        <CopyButton text={value} label={label} />
      </div>
    </div>
  );
}

interface KeyFieldProps {
  apiKey: string;
  shown: boolean;
  onToggle: () => void;
}

/** The key of a project: hidden until asked for, and copied without being shown. */
export function KeyField({ apiKey, shown, onToggle }: KeyFieldProps) {
  return (
    <div class="secret">
      <code class={shown ? "secret-text whole" : "secret-text"}>{shown ? apiKey : masked(apiKey)}</code>
      <span class="row">
        <ShowButton shown={shown} onToggle={onToggle} />
        <CopyButton text={apiKey} label="Copy key" />
      </span>
    </div>
  );
}

export function ShowButton({ shown, onToggle }: { shown: boolean; onToggle: () => void }) {
  return (
    <Button size="small" icon="eye" onClick={onToggle}>
      {shown ? "Hide key" : "Show key"}
    </Button>
  );
}

/** Whether the key is shown; it is hidden again when the page is left. */
export function useShown(): { shown: boolean; onToggle: () => void } {
  const [shown, setShown] = useState(false);
  return { shown, onToggle: () => setShown(!shown) };
}
