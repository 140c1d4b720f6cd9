import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import "../styles/tabs.css";
import { Icon, type IconName } from "./Icon";

interface TabsProps<V extends string> {
  label: string;
  tabs: readonly { value: V; label: string }[];
  value: V;
  onChange: (value: V) => void;
  /** What the chosen tab shows. */
  children: ComponentChildren;
}

/** One of several views of the same thing. Arrows, Home and End choose. For pages of their own use `TabLinks`. */
export function Tabs<V extends string>({ label, tabs, value, onChange, children }: TabsProps<V>) {
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => showChosen(list.current), [value]);
  function move(event: KeyboardEvent): void {
    const now = tabs.findIndex((tab) => tab.value === value);
    const target: Record<string, number> = { ArrowRight: now + 1, ArrowLeft: now - 1, Home: 0, End: tabs.length - 1 };
    const next = target[event.key];
    if (next === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const chosen = tabs[(next + tabs.length) % tabs.length];
    if (!chosen) return;
    onChange(chosen.value);
    document.getElementById(`${id}-${chosen.value}`)?.focus();
  }
  return (
    <div class="tabs">
      <div ref={list} class="tab-list" role="tablist" aria-label={label} tabIndex={-1} onKeyDown={move}>
        {tabs.map((tab) => (
          <button
            key={tab.value}
            type="button"
            role="tab"
            class="tab"
            id={`${id}-${tab.value}`}
            aria-selected={tab.value === value}
            aria-controls={`${id}-panel`}
            tabIndex={tab.value === value ? 0 : -1}
            onClick={() => onChange(tab.value)}
          >
            {tab.label}
          </button>
        ))}
      </div>
      <div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${value}`}>
        {children}
      </div>
    </div>
  );
}

/** Where there are more than fit, scroll to the chosen one; the page itself stays where it is. */
function showChosen(list: HTMLElement | null): void {
  const chosen = list?.querySelector<HTMLElement>("[aria-selected=true], [aria-current]");
  if (list && chosen)
    list.scrollLeft = chosen.offsetLeft - list.offsetLeft - (list.clientWidth - chosen.clientWidth) / 2;
}

interface TabLinksProps {
  label: string;
  links: readonly { href: string; label: string; current: boolean; icon?: IconName }[];
}

/** Pages that belong together, such as those of the settings, as links in a row. */
export function TabLinks({ label, links }: TabLinksProps) {
  const list = useRef<HTMLElement>(null);
  useEffect(() => showChosen(list.current));
  return (
    <nav ref={list} class="tab-list" aria-label={label}>
      {links.map((link) => (
        <a key={link.href} class="tab" href={link.href} aria-current={link.current ? "page" : undefined}>
          {link.icon && <Icon name={link.icon} />}
          {link.label}
        </a>
      ))}
    </nav>
  );
}
