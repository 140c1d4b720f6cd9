/**
 * Shortcuts of the keyboard: one registry, from which the sheet that `?` opens is drawn.
 *
 * A combination is a key (`?`, `j`, `Enter`), two keys after each other (`g i`), or a key with Shift, Ctrl or Cmd
 * (`shift+x`, `mod+k`).
 * While somebody types only combinations with `mod` work, and while a dialog is open none: what is in it would be lost.
 */

import { signal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";

export interface Shortcut {
  keys: string;
  /** What it does, as the sheet says it. */
  label: string;
  /** Heading of the sheet that it stands under. */
  group: string;
  run: () => void;
  /** Where it works, by what has the focus; else anywhere. What has Enter or arrows of its own keeps them then. */
  only?: (focused: Element) => boolean;
}

/** The shortcuts that work now, in the order in which they were added. */
export const shortcuts = signal<readonly Shortcut[]>([]);

const SEQUENCE_MS = 1200;
let first: { key: string; at: number } | null = null;

/** Add shortcuts and return a function that removes them. Of two with the same keys, the one added last works. */
export function addShortcuts(added: readonly Shortcut[]): () => void {
  shortcuts.value = [...shortcuts.value, ...added];
  return () => {
    shortcuts.value = shortcuts.value.filter((known) => !added.includes(known));
  };
}

/** Have shortcuts for as long as a component is on the page; `run` may change with every drawing. */
export function useShortcuts(wanted: readonly Shortcut[]): void {
  const current = useRef(wanted);
  current.current = wanted;
  const signature = wanted.map((shortcut) => `${shortcut.keys} ${shortcut.label}`).join("\n");
  // Before the next key is pressed.
  useLayoutEffect(
    () => addShortcuts(wanted.map((shortcut, index) => ({ ...shortcut, run: () => current.current[index]?.run() }))),
    [signature],
  );
}

/** Listen to the keyboard; called once. */
export function listenToKeys(): void {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing) return;
    const found = shortcutFor(event);
    if (found === null) return;
    event.preventDefault();
    found.run();
  });
}

function shortcutFor(event: KeyboardEvent): Shortcut | null {
  const mod = event.metaKey || event.ctrlKey;
  if (event.altKey || (!mod && isTyping(event.target)) || document.querySelector("dialog[open]")) return null;
  const key = keyOf(event);
  const find = (keys: string) => findAt(keys, event.target);
  if (mod) return event.shiftKey ? null : find(`mod+${key}`);
  const before = first !== null && event.timeStamp - first.at < SEQUENCE_MS ? first.key : null;
  const sequence = before === null ? null : find(`${before} ${key}`);
  first = sequence === null ? { key, at: event.timeStamp } : null;
  const shifted = event.shiftKey ? find(`shift+${key}`) : null;
  // A character that takes Shift to be typed is a key of its own.
  return sequence ?? shifted ?? (event.shiftKey && key.length > 1 ? null : find(key));
}

function keyOf(event: KeyboardEvent): string {
  if (event.key === " ") return "Space";
  return event.key.length === 1 ? event.key.toLowerCase() : event.key;
}

function findAt(keys: string, target: EventTarget | null): Shortcut | null {
  const focused = target instanceof Element ? target : document.body;
  return shortcuts.value.findLast((known) => known.keys === keys && (known.only?.(focused) ?? true)) ?? null;
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return target.type !== "checkbox" && target.type !== "radio";
  return target.isContentEditable || /^(TEXTAREA|SELECT)$/.test(target.tagName);
}

const isMac = /Mac|iPhone|iPad/.test(navigator.userAgent);

/** Return the key caps of a combination, as this machine writes them. */
export function keyCaps(keys: string): string[] {
  const names: Record<string, string> = {
    mod: isMac ? "⌘" : "Ctrl",
    shift: "Shift",
    Escape: "Esc",
    ArrowDown: "↓",
    ArrowUp: "↑",
    Space: "Space",
  };
  return keys.split(/[ +]/).map((key) => names[key] ?? (key.length === 1 ? key.toUpperCase() : key));
}
