import { useLayoutEffect } from "preact/hooks";

/** Have `close` called when somebody presses, or goes with the focus, beside something that is open. */
export function useLeft(root: { readonly current: HTMLElement | null }, isOpen: boolean, close: () => void): void {
  useLayoutEffect(() => {
    if (!isOpen) return;
    const leave = (event: Event) => {
      if (event.target instanceof Node && !root.current?.contains(event.target)) close();
    };
    document.addEventListener("pointerdown", leave);
    document.addEventListener("focusin", leave);
    return () => {
      document.removeEventListener("pointerdown", leave);
      document.removeEventListener("focusin", leave);
    };
  }, [isOpen]);
}
