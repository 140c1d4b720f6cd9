import type { ComponentChildren, RefObject } from "preact";
import { useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import { type Submission, useSubmission } from "../forms";
import "../styles/dialog.css";
import { Button } from "./Button";
import { Field, FormError } from "./Field";
import type { IconName } from "./Icon";

interface DialogProps {
  title: string;
  /** Called for Esc, the button with the cross, and a press beside the dialog unless something was typed in it. */
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
 * Show a dialog over the page for as long as it is drawn, and give the focus back in the end.
 *
 * The browser keeps the focus within, and makes the rest of the page inert.
 */
export function useModal(dialog: RefObject<HTMLDialogElement | null>, first?: string): void {
  // Before the next key is pressed, which belongs to the dialog already.
  useLayoutEffect(() => {
    const element = dialog.current;
    const before = document.activeElement;
    element?.showModal();
    // By itself it would focus the button that closes it.
    if (first) element?.querySelector<HTMLElement>(first)?.focus();
    return () => {
      element?.close();
      // The element is gone by the time the browser would give the focus back.
      if (before instanceof HTMLElement && before.isConnected) before.focus();
      else queueMicrotask(focusPage);
    };
  }, []);
}

/** Have the focus at the heading of the page if it is nowhere: what had it before is gone. */
export function focusPage(): void {
  if (document.activeElement !== document.body) return;
  document.querySelector<HTMLElement>("main h1")?.focus({ preventScroll: true });
}

/** A dialog over the page: draw it when it shall be open, and leave it out when not. */
export function Dialog({ title, onClose, children, actions, onSubmit, width = "narrow", stays }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const isTouched = useRef(false);
  const id = useId();
  useModal(dialog, FIRST);
  return (
    <dialog
      ref={dialog}
      class={`dialog ${width}`}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onKeyDown={(event) => {
        // Pressed twice, a browser closes the dialog by itself, whatever `cancel` says.
        if (event.key !== "Escape" || event.isComposing) return;
        event.preventDefault();
        onClose();
      }}
      onPointerDown={(event) => {
        if (event.target === event.currentTarget && !stays && !isTouched.current) onClose();
      }}
    >
      <form
        class="dialog-inside"
        noValidate
        onInput={() => {
          isTouched.current = true;
        }}
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

interface FormDialogProps {
  title: string;
  /** Of `useSubmission`. */
  form: Submission<string>;
  /** What its button does: "Create project". */
  verb: string;
  kind?: "primary" | "danger";
  icon?: IconName;
  /** Whether it can be sent. */
  ready?: boolean;
  onSubmit: () => void;
  /** Not called while it is being sent: nobody would learn how that ends. */
  onClose: () => void;
  /** It can be closed all the same, and what is under way ends then. */
  ends?: boolean;
  width?: "narrow" | "wide";
  children: ComponentChildren;
}

/** A dialog with a form: fields, what is wrong with it as a whole, a way back, and one thing to do. */
export function FormDialog({
  title,
  form,
  verb,
  kind = "primary",
  icon,
  ready = true,
  onSubmit,
  onClose,
  ends = false,
  width = "narrow",
  children,
}: FormDialogProps) {
  const isHeld = form.busy && !ends;
  const close = () => {
    if (!isHeld) onClose();
  };
  return (
    <Dialog
      title={title}
      width={width}
      onClose={close}
      onSubmit={() => {
        if (ready) onSubmit();
      }}
      actions={
        <>
          <Button disabled={isHeld} onClick={close}>
            Cancel
          </Button>
          <Button submit kind={kind} {...(icon && { icon })} busy={form.busy} disabled={!ready}>
            {verb}
          </Button>
        </>
      }
    >
      <div class="stack">
        {children}
        <FormError>
          {form.errors.form && form.isSignedOut ? <SignInElsewhere words={form.errors.form} /> : form.errors.form}
        </FormError>
      </div>
    </Dialog>
  );
}

/** The way back in that leaves what was typed where it is. */
function SignInElsewhere({ words }: { words: string }) {
  return (
    <>
      {words}{" "}
      <a href="/auth/login" target="_blank" rel="noopener">
        Sign in
      </a>
    </>
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
  typeName,
  harmless,
  onClose,
}: ConfirmDialogProps) {
  const [typed, setTyped] = useState("");
  const form = useSubmission({});
  return (
    <FormDialog
      title={title}
      form={form}
      verb={confirm}
      kind={harmless ? "primary" : "danger"}
      ready={typeName === undefined || typed.trim() === typeName}
      onSubmit={() => form.submit(onConfirm)}
      onClose={onClose}
    >
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
    </FormDialog>
  );
}
