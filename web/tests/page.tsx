import { type ComponentChild, render } from "preact";
import { afterEach } from "vitest";
import { settled } from "./serving";

/** Browsers have it, happy-dom does not. */
globalThis.reportError ??= (error: unknown) => {
  throw error;
};

/** A page to draw on, and hands to use it with: things are found by what they say. */
export function openPage() {
  const root = document.body.appendChild(document.createElement("div"));
  afterEach(() => settled(() => render(null, root)));
  const all = <E extends HTMLElement>(selector: string) => [...root.querySelectorAll<E>(selector)];
  const only = <E extends HTMLElement>(what: string, found: E | undefined): E => {
    if (!found) throw new Error(`There is no ${what} in: ${root.textContent}`);
    return found;
  };
  const nameOf = (element: HTMLElement) => element.getAttribute("aria-label") ?? element.textContent?.trim() ?? "";
  /** The last one counts: dialogs stand behind the page that they lie over. */
  const button = (name: string) =>
    only(
      `button ${name}`,
      all("button").findLast((known) => nameOf(known) === name),
    );
  const field = (label: string) => {
    const found = all<HTMLLabelElement>("label").findLast((known) => known.textContent?.trim() === label);
    const target = document.getElementById(found?.htmlFor ?? "");
    return only(`field ${label}`, (target as HTMLInputElement | null) ?? undefined);
  };
  return {
    root,
    text: () => root.textContent ?? "",
    all,
    button,
    field,
    show: (children: ComponentChild) => settled(() => render(children, root)),
    press: (name: string) => settled(() => button(name).click()),
    type: (label: string, value: string) =>
      settled(() => {
        const input = field(label);
        input.value = value;
        input.dispatchEvent(new Event("input", { bubbles: true }));
      }),
    tick: (label: string) => settled(() => field(label).click()),
    choose: (label: string, value: string) =>
      settled(() => {
        const select = field(label);
        select.value = value;
        select.dispatchEvent(new Event("change", { bubbles: true }));
      }),
    /** Send the form of the dialog, as Enter does. */
    send: () =>
      settled(() =>
        only("form", all("form").at(-1)).dispatchEvent(new Event("submit", { bubbles: true, cancelable: true })),
      ),
    /** What is said to be wrong with a field. */
    errorOf: (label: string) => {
      const input = field(label);
      if (!input.hasAttribute("aria-invalid")) return null;
      return document.getElementById(input.getAttribute("aria-describedby") ?? "")?.textContent ?? null;
    },
  };
}
