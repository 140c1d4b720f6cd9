import { useShortcuts } from "../../keys";
import { go, href } from "../../router";
import { OPENS } from "./parts";
import { addressOf, type Scope, TABS } from "./scope";

/** Walking through the rows, and from tab to tab, by keyboard. */
export function useRowKeys(root: { readonly current: HTMLElement | null }, scope: Scope): void {
  function step(by: number): void {
    const all = [...(root.current?.querySelectorAll<HTMLElement>(`.${OPENS}`) ?? [])];
    const row = (element: Element | null) => element?.closest("[data-row], tr");
    const now = all.findIndex((known) => row(known) === row(document.activeElement) && row(known));
    const next = all[Math.min(all.length - 1, Math.max(0, now + by))];
    next?.focus({ preventScroll: true });
    row(next ?? null)?.scrollIntoView({ block: "nearest" });
  }
  const group = "Insights";
  useShortcuts([
    { keys: "j", label: "Next row", group, run: () => step(1) },
    { keys: "k", label: "Previous row", group, run: () => step(-1) },
    {
      keys: "Enter",
      label: "Open the row",
      group,
      run: () => (document.activeElement as HTMLElement | null)?.click(),
      only: (focused) => focused.matches(`.${OPENS}`),
    },
    ...TABS.map((tab, index) => ({
      keys: String(index + 1),
      label: tab.label,
      group,
      run: () => go(href(`/insights/${tab.value}`, addressOf(scope))),
    })),
  ]);
}
