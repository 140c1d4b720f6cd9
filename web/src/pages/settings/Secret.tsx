import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { Button } from "../../ui/Button";
import { CopyButton } from "../../ui/CopyButton";
import { Dialog } from "../../ui/Dialog";
import { Icon } from "../../ui/Icon";
import { masked } from "./snippets";

interface SecretDialogProps {
  title: string;
  value: string;
  /** Of the button that copies it. */
  label: string;
  warning: string;
  onClose: () => void;
  /** What else there is to know of it. */
  children: ComponentChildren;
}

/** A secret that is told this once: a token, or the link of an invite. Stays until somebody says that it is copied. */
export function SecretDialog({ title, value, label, warning, onClose, children }: SecretDialogProps) {
  return (
    <Dialog
      title={title}
      width="wide"
      stays
      onClose={onClose}
      onSubmit={onClose}
      actions={
        <Button submit kind="primary">
          I have copied it
        </Button>
      }
    >
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
      <p class="quiet after">{children}</p>
    </Dialog>
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
