import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import "../styles/menu.css";
import { Icon, type IconName } from "./Icon";
import { useLeft } from "./useLeft";

export interface MenuItem {
  label: string;
  run?: () => void;
  /** A link in place of an act. */
  href?: string;
  icon?: IconName;
  /** Set where the items are a choice: whether this is the chosen one. */
  checked?: boolean;
  /** In red, for what destroys something. */
  danger?: boolean;
  /** A line above it. */
  apart?: boolean;
}

interface MenuProps {
  /** What the button says to a screen reader. */
  label: string;
  /** What the button shows. */
  children: ComponentChildren;
  items: readonly MenuItem[];
  /** The edge of the button that the menu lines up with. */
  align?: "start" | "end";
  /** Opens above the button. */
  up?: boolean;
  buttonClass?: string;
  title?: string;
}

/** A button that opens a list of acts, links or choices. Arrows, Home, End and first letters move; Esc leaves. */
export function Menu({
  label,
  children,
  items,
  align = "start",
  up,
  buttonClass = "button plain usual",
  title,
}: MenuProps) {
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const id = useId();

  useLayoutEffect(() => {
    if (!open) return;
    const entries = itemsOf(root.current);
    const isChoice = entries[0]?.hasAttribute("aria-checked");
    const chosen = isChoice ? entries.find((entry) => entry.getAttribute("aria-checked") === "true") : undefined;
    (chosen ?? entries[0])?.focus();
  }, [open]);
  useLeft(root, open, () => setOpen(false));

  function close(): void {
    setOpen(false);
    button.current?.focus();
  }

  return (
    <div class="menu-root" ref={root}>
      <button
        ref={button}
        type="button"
        class={buttonClass}
        aria-label={label}
        title={title ?? label}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        onClick={() => setOpen(!open)}
        onKeyDown={(event) => {
          if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
          event.preventDefault();
          setOpen(true);
        }}
      >
        {children}
      </button>
      {open && (
        <div
          id={id}
          role="menu"
          tabIndex={-1}
          aria-label={label}
          class={`menu ${align} ${up ? "up" : "down"}`}
          onKeyDown={(event) => {
            if (moveWithin(root.current, event)) return;
            if (event.key === "Escape" || event.key === "Tab") close();
            if (event.key === "Escape") event.preventDefault();
          }}
        >
          {items.map((item, index) => (
            <Entry key={index} item={item} close={close} />
          ))}
        </div>
      )}
    </div>
  );
}

function Entry({ item, close }: { item: MenuItem; close: () => void }) {
  const shared = {
    tabIndex: -1,
    class: `menu-item${item.danger ? " danger" : ""}${item.apart ? " apart" : ""}`,
    onClick: () => {
      close();
      item.run?.();
    },
  };
  const inside = (
    <>
      {item.icon && <Icon name={item.icon} />}
      <span class="ellipsis">{item.label}</span>
      {item.checked && <Icon name="check" />}
    </>
  );
  if (item.href !== undefined) {
    return (
      <a role="menuitem" href={item.href} {...shared}>
        {inside}
      </a>
    );
  }
  if (item.checked === undefined) {
    return (
      <button type="button" role="menuitem" {...shared}>
        {inside}
      </button>
    );
  }
  return (
    <button type="button" role="menuitemradio" aria-checked={item.checked} {...shared}>
      {inside}
    </button>
  );
}

function itemsOf(root: HTMLElement | null): HTMLElement[] {
  return [...(root?.querySelectorAll<HTMLElement>("[role^=menuitem]") ?? [])];
}

/** Move the focus as a key says; returns whether it was such a key. */
function moveWithin(root: HTMLElement | null, event: KeyboardEvent): boolean {
  const entries = itemsOf(root);
  const now = entries.indexOf(document.activeElement as HTMLElement);
  const target: Record<string, number> = { ArrowDown: now + 1, ArrowUp: now - 1, Home: 0, End: entries.length - 1 };
  let next = target[event.key];
  if (next === undefined && event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey) {
    const later = [...entries.slice(now + 1), ...entries.slice(0, now + 1)];
    const found = later.find((entry) => entry.textContent?.trim().toLowerCase().startsWith(event.key.toLowerCase()));
    next = found === undefined ? now : entries.indexOf(found);
  }
  if (next === undefined || entries.length === 0) return false;
  event.preventDefault();
  event.stopPropagation();
  entries[(next + entries.length) % entries.length]?.focus();
  return true;
}
