import type { ComponentChildren, Ref } from "preact";
import { useCallback, useRef, useState } from "preact/hooks";
import "../styles/button.css";
import { Icon, type IconName } from "./Icon";

export interface ButtonLook {
  /** `primary` once on a page at most; `danger` for what cannot be undone; `quiet` has no frame. */
  kind?: "plain" | "primary" | "danger" | "quiet";
  size?: "usual" | "small";
  icon?: IconName;
  children?: ComponentChildren;
}

interface ButtonProps extends ButtonLook {
  onClick?: ((event: MouseEvent) => void) | undefined;
  /** Sends the form that it stands in. */
  submit?: boolean;
  disabled?: boolean;
  /** While something that it began is under way: it turns, keeps its size, and cannot be pressed. */
  busy?: boolean;
  /** Says what it does when it shows an icon alone. */
  label?: string;
  title?: string;
  /** Whether what it shows and hides is shown. */
  expanded?: boolean;
  buttonRef?: Ref<HTMLButtonElement>;
}

/** Something that is done when pressed. For going somewhere use `LinkButton`. */
export function Button({
  submit,
  busy = false,
  label,
  disabled,
  expanded,
  onClick,
  buttonRef,
  title,
  ...look
}: ButtonProps) {
  const own = useRef<HTMLButtonElement | null>(null);
  const [, lookAnew] = useState(0);
  const hold = useCallback(
    (button: HTMLButtonElement | null) => {
      own.current = button;
      if (typeof buttonRef === "function") buttonRef(button);
      else if (buttonRef) buttonRef.current = button;
    },
    [buttonRef],
  );
  // A browser takes the focus from what becomes disabled: what has just been pressed keeps it until it is left.
  const isHeld = disabled === true && own.current !== null && own.current === document.activeElement;
  return (
    <button
      ref={hold}
      type={submit ? "submit" : "button"}
      class={classes(look)}
      disabled={disabled && !isHeld}
      aria-disabled={busy || isHeld || undefined}
      aria-busy={busy || undefined}
      aria-label={label}
      aria-expanded={expanded}
      title={title ?? label}
      onBlur={isHeld ? () => lookAnew((before) => before + 1) : undefined}
      onClick={(event) => {
        if (busy || isHeld) event.preventDefault();
        else onClick?.(event);
      }}
    >
      <Inside {...look} />
    </button>
  );
}

/** A link that looks like a button. */
export function LinkButton({ href, label, ...look }: ButtonLook & { href: string; label?: string }) {
  return (
    <a href={href} class={classes(look)} aria-label={label} title={label}>
      <Inside {...look} />
    </a>
  );
}

function classes({ kind = "plain", size = "usual", icon, children }: ButtonLook): string {
  return `button ${kind} ${size}${icon && children == null ? " icon-alone" : ""}`;
}

function Inside({ icon, children }: ButtonLook) {
  return (
    <>
      {icon && <Icon name={icon} />}
      {children != null && <span class="button-text">{children}</span>}
    </>
  );
}
