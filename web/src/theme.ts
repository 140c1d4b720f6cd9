/** Light or dark: as the system has it, unless somebody chose. The choice is remembered by the browser. */

import { remember, remembered } from "./remembered";

export type Theme = "system" | "light" | "dark";

export const THEMES: readonly Theme[] = ["system", "light", "dark"];
const KEY = "bloop-theme";

/** Bring what was chosen before to the page, and what another tab chooses; called once, before anything is drawn. */
export function applyTheme(onChange: (theme: Theme) => void = () => {}): void {
  showTheme(rememberedTheme());
  addEventListener("storage", (event) => {
    if (event.key !== KEY) return;
    showTheme(rememberedTheme());
    onChange(rememberedTheme());
  });
}

/** Return what was chosen before. */
export function rememberedTheme(): Theme {
  const found = remembered(KEY);
  return THEMES.find((known) => known === found) ?? "system";
}

/** Use a theme from now on, here and at the next visit. */
export function rememberTheme(chosen: Theme): void {
  showTheme(chosen);
  remember(KEY, chosen);
}

function showTheme(chosen: Theme): void {
  if (chosen === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = chosen;
}
