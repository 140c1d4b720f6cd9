import { useLayoutEffect, useRef } from "preact/hooks";
import { focusPage } from "./Dialog";

/** What can have the focus. */
const CONTROLS = "a[href], :is(button, input, select, textarea):not(:disabled)";

/**
 * Keep the focus within a part of the page: when what has it goes, what has come into its place has it, or else the
 * last that is left there, or else the heading of the page. For whatever draws the part.
 *
 * Returns what had it last; null if nothing did.
 */
export function useKeptFocus(root: { readonly current: HTMLElement | null }): { readonly current: unknown } {
  const focused = useRef<{ element: Element; place: number } | null>(null);
  useLayoutEffect(() => {
    const part = root.current;
    const note = ({ target }: FocusEvent) => {
      focused.current = { element: target as Element, place: controlsOf(part).indexOf(target as HTMLElement) };
    };
    part?.addEventListener("focusin", note);
    return () => part?.removeEventListener("focusin", note);
  });
  useLayoutEffect(() => {
    const last = focused.current;
    if (last === null || last.element.isConnected || document.activeElement !== document.body) return;
    focused.current = null;
    const left = controlsOf(root.current);
    left[Math.min(last.place, left.length - 1)]?.focus();
    focusPage();
  });
  return focused;
}

function controlsOf(part: HTMLElement | null): HTMLElement[] {
  return [...(part?.querySelectorAll<HTMLElement>(CONTROLS) ?? [])];
}
