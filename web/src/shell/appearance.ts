/** The theme as the shell shows it. Apart from `theme.ts`, which the sign-in page needs too. */

import { signal } from "@preact/signals";
import { rememberedTheme, rememberTheme, type Theme } from "../theme";

export const theme = signal<Theme>(rememberedTheme());

export function setTheme(chosen: Theme): void {
  theme.value = chosen;
  rememberTheme(chosen);
}
