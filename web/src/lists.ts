/** The list of issues that somebody has come from: pages of issues lead back there, and it is then as it was left. */

import { effect } from "@preact/signals";
import { href, path } from "./router";

let last: string | null = null;
let before = "";
let now = "";
let wentBack = false;

effect(() => {
  before = now;
  now = path.value;
});
addEventListener("popstate", () => {
  wentBack = true;
  // Whatever is gone to after that is gone to anew.
  setTimeout(() => {
    wentBack = false;
  });
});

/** Remember where the list stands, with its filter. */
export function rememberList(address: string): void {
  last = address;
}

/** Return the address of the list that somebody has come from, or of the usual one. */
export function listHref(): string {
  const project = new URL(href("/issues"), location.href).searchParams.get("project");
  const cameFrom = last === null ? null : new URL(last, location.href).searchParams.get("project");
  return last !== null && (cameFrom === project || cameFrom === "*") ? last : href("/issues");
}

/** Whether the list is come back to, and not gone to anew: from one of its issues, or by the browser's button. */
export function isComingBack(): boolean {
  return wentBack || before.startsWith("/issues/");
}
