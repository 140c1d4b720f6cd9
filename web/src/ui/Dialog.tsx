import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import { messageOf } from "../api/client";
import "../styles/dialog.css";
import { Button } from "./Button";
import { Field, FormError } from "./Field";

interface DialogProps {
  title: string;
  /** Called for Esc, the button with the cross, and a press beside the dialog. */
  onClose: () => void;
  children: ComponentChildren;
  /** Buttons at its foot, the most important one last. */
  actions?: ComponentChildren;
  /** Called when its form is sent: by Enter in a field, or by a button with `submit`. */
  onSubmit?: () => void;
  width?: "narrow" | "wide";
  /** A press beside it does not close it: what it shows cannot be had again. */
  stays?: boolean;
}

/** What has the focus when a dialog opens: the field that asks for it, else the first thing to do there. */
const FIRST =
  ":is([data-focused], .dialog-body:not(:has([data-focused])) :is(input, select, textarea, button, a[href]))";

/**
 * A dialog over the page: draw it when it shall be open, and leave it out when not.
 *
 * The browser keeps the focus within, makes the rest of the page inert, and gives the focus back in the end.
 */
export function Dialog({ title, onClose, children, actions, onSubmit, width = "narrow", stays }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  // Before the next key is pressed, which belongs to the dialog already.
  useLayoutEffect(() => {
    const element = dialog.current;
    const before = document.activeElement;
    element?.showModal();
    // By itself it would focus the button that closes it.
    element?.querySelector<HTMLElement>(FIRST)?.focus();
    return () => {
      element?.close();
      // The element is gone by the time the browser would give the focus back.
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      class={`dialog ${width}`}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onPointerDown={(event) => {
        if (event.target === event.currentTarget && !stays) onClose();
      }}
    >
      <form
        class="dialog-inside"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          onSubmit?.();
        }}
      >
        <header>
          <h2 id={id}>{title}</h2>
          <Button kind="quiet" size="small" icon="close" label="Close" onClick={onClose} />
        </header>
        <div class="dialog-body">{children}</div>
        {actions && <footer>{actions}</footer>}
      </form>
    </dialog>
  );
}

interface ConfirmDialogProps {
  title: string;
  /** What will happen, in a sentence or two. */
  children: ComponentChildren;
  /** The verb: "Delete project". */
  confirm: string;
  /** Does it; the dialog stays open and says what went wrong if it is rejected. The caller closes it otherwise. */
  onConfirm: () => Promise<void>;
  onClose: () => void;
  /** A name that has to be typed first, for what destroys data. */
  typeName?: string;
  /** What is harmless, such as signing out elsewhere, needs no red button. */
  harmless?: boolean;
}

/** Asks before something is done that cannot be undone. */
export function ConfirmDialog({
  title,
  children,
  confirm,
  onConfirm,
  onClose,
  typeName,
  harmless,
}: ConfirmDialogProps) {
  const [typed, setTyped] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const ready = typeName === undefined || typed.trim() === typeName;

  async function run(): Promise<void> {
    if (!ready || busy) return;
    setBusy(true);
    setError(null);
    try {
      await onConfirm();
    } catch (thrown) {
      setError(messageOf(thrown));
    }
    setBusy(false);
  }

  return (
    <Dialog
      title={title}
      onClose={onClose}
      onSubmit={run}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button submit kind={harmless ? "primary" : "danger"} disabled={!ready} busy={busy}>
            {confirm}
          </Button>
        </>
      }
    >
      <div class="stack">
        <div>{children}</div>
        {typeName !== undefined && (
          <Field
            label={`Type ${typeName} to confirm`}
            value={typed}
            onInput={setTyped}
            autocomplete="off"
            code
            autoFocus
          />
        )}
        <FormError>{error}</FormError>
      </div>
    </Dialog>
  );
}
