/** Light or dark: as the system has it, unless somebody chose. The choice is remembered by the browser. */

import { signal } from "@preact/signals";

export type Theme = "system" | "light" | "dark";

export const THEMES: readonly Theme[] = ["system", "light", "dark"];
const KEY = "bloop-theme";

export const theme = signal<Theme>(remembered());

/** Use a theme from now on, here and at the next visit. */
export function setTheme(chosen: Theme): void {
  theme.value = chosen;
  apply(chosen);
  try {
    localStorage.setItem(KEY, chosen);
  } catch {
    // A browser that keeps nothing shows the theme until the page is left.
  }
}

/** Bring what was chosen before to the page; called once, before anything is drawn. */
export function applyTheme(): void {
  apply(theme.value);
  // Another tab of ours may change it.
  addEventListener("storage", (event) => {
    if (event.key === KEY) {
      theme.value = remembered();
      apply(theme.value);
    }
  });
}

function apply(chosen: Theme): void {
  if (chosen === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = chosen;
}

function remembered(): Theme {
  try {
    const found = localStorage.getItem(KEY);
    return THEMES.find((known) => known === found) ?? "system";
  } catch {
    return "system";
  }
}
