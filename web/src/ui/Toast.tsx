import { signal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import "../styles/toast.css";
import { messageOf } from "../api/client";
import { Button } from "./Button";
import { focusPage } from "./Dialog";
import { Icon } from "./Icon";

interface ToastOptions {
  kind?: "done" | "failed";
  /** An act that the message offers, such as undoing what was done. */
  action?: { label: string; run: () => void };
}

interface Shown extends ToastOptions {
  id: number;
  text: string;
}

const shown = signal<readonly Shown[]>([]);
let last = 0;

/** Say in a corner of the page that something was done; it goes by itself, not while it is pointed at. */
export function toast(text: string, options: ToastOptions = {}): void {
  last += 1;
  shown.value = [...shown.value.slice(-2), { ...options, id: last, text }];
}

/** Say that something failed. */
export function toastError(error: unknown): void {
  toast(messageOf(error), { kind: "failed" });
}

/** Where toasts appear; once on a page. */
export function Toasts() {
  return (
    // Each is read out when it comes, and not those that are there already.
    <div class="toasts" aria-live="polite" aria-atomic="false" role="status">
      {shown.value.map((item) => (
        <One key={item.id} item={item} />
      ))}
    </div>
  );
}

const STAY_MS = 6_000;
const STAY_WITH_ACTION_MS = 10_000;

function One({ item }: { item: Shown }) {
  const [held, setHeld] = useState(false);
  const element = useRef<HTMLDivElement>(null);
  const close = () => {
    shown.value = shown.value.filter((known) => known.id !== item.id);
  };
  useEffect(() => {
    if (held) return;
    const timer = setTimeout(close, item.action ? STAY_WITH_ACTION_MS : STAY_MS);
    return () => clearTimeout(timer);
  }, [held]);
  // The button that was pressed goes with it.
  useLayoutEffect(
    () => () => {
      if (element.current?.contains(document.activeElement)) queueMicrotask(focusPage);
    },
    [],
  );
  return (
    <div
      ref={element}
      class={`toast ${item.kind ?? "done"}`}
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      onFocusCapture={() => setHeld(true)}
      onBlurCapture={() => setHeld(false)}
    >
      <Icon name={item.kind === "failed" ? "alert" : "check"} />
      <span class="toast-text">{item.text}</span>
      {item.action && (
        <Button
          size="small"
          onClick={() => {
            item.action?.run();
            close();
          }}
        >
          {item.action.label}
        </Button>
      )}
      <Button kind="quiet" size="small" icon="close" label="Dismiss" onClick={close} />
    </div>
  );
}
