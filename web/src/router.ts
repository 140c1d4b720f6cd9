/**
 * Where we are: the path and the query of the address, as signals.
 *
 * All state that is worth sharing stands in the address, so that reloading, going back and copying the link work.
 */

import { computed, signal } from "@preact/signals";

const at = signal(new URL(location.href));

/** The path, such as `/issues`. */
export const path = computed(() => at.value.pathname);
/** The parameters of the query; to change them, call `setQuery`. */
export const query = computed<URLSearchParams>(() => at.value.searchParams);

export type Parameters = Record<string, string | null | undefined>;

/** Go to an address of ours. The page begins at its top, unless the entry of the history is replaced. */
export function go(to: string, { replace = false } = {}): void {
  const target = new URL(to, location.href);
  if (target.origin !== location.origin || !isOwnPath(target.pathname)) {
    location.assign(target);
    return;
  }
  if (target.href === location.href || isKept(target)) return;
  const samePage = target.pathname === location.pathname;
  history[replace ? "replaceState" : "pushState"](null, "", target);
  at.value = target;
  if (!replace && !samePage) scrollTo(0, 0);
}

let keeper: ((to: string) => boolean) | null = null;

/** Have `mayLeave` asked before this page, or its project, is left for another address; null ends that. */
export function keepPage(mayLeave: ((to: string) => boolean) | null): void {
  keeper = mayLeave;
}

function isKept(target: URL): boolean {
  const here = at.value;
  const stays =
    target.pathname === here.pathname && target.searchParams.get("project") === here.searchParams.get("project");
  return keeper !== null && !stays && !keeper(target.href);
}

/** Change parameters of the query; null removes one. Typing in a filter replaces, choosing a tab does not. */
export function setQuery(changes: Parameters, { replace = true } = {}): void {
  const target = new URL(location.href);
  for (const [name, value] of Object.entries(changes)) {
    if (value == null || value === "") target.searchParams.delete(name);
    else target.searchParams.set(name, value);
  }
  go(target.href, { replace });
}

/** Return the address of a page of ours: the project stays the same unless `parameters` has another. */
export function href(to: string, parameters: Parameters = {}): string {
  const wanted: Parameters = { project: query.value.get("project"), ...parameters };
  const kept = Object.entries(wanted).filter((entry): entry is [string, string] => Boolean(entry[1]));
  const search = new URLSearchParams(kept).toString();
  return search ? `${to}?${search}` : to;
}

/** First segments of the paths that this app draws; the server answers them all with the same page. */
const OWN_SEGMENTS = new Set(["", "insights", "issues", "settings", "welcome"]);

export function isOwnPath(pathname: string): boolean {
  return OWN_SEGMENTS.has(pathname.split("/")[1] ?? "");
}

/** Follow links to our own pages without loading anything anew; called once. */
export function interceptLinks(): void {
  addEventListener("popstate", () => {
    const target = new URL(location.href);
    // The browser has gone back already.
    if (isKept(target)) history.pushState(null, "", at.value);
    else at.value = target;
  });
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    const modified = event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || event.button !== 0;
    if (!link?.href || modified || event.defaultPrevented || link.target || link.hasAttribute("download")) return;
    const target = new URL(link.href);
    const isJump = target.hash !== "" && target.pathname === location.pathname && target.search === location.search;
    if (target.origin !== location.origin || !isOwnPath(target.pathname) || isJump) return;
    event.preventDefault();
    go(target.href);
  });
}

/** What each page is given. */
export interface RouteProps {
  /** What stands at the `:names` of the page's path. */
  params: Record<string, string>;
}

/** Return the parts of `pathname` that stand at the `:names` of `pattern`, or null if it does not fit. */
export function match(pattern: string, pathname: string): Record<string, string> | null {
  const wanted = pattern.split("/");
  const found = pathname.replace(/(.)\/+$/, "$1").split("/");
  if (wanted.length !== found.length) return null;
  const parts: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const value = found[index] ?? "";
    if (part.startsWith(":")) {
      if (!value) return null;
      parts[part.slice(1)] = decoded(value);
    } else if (part !== value) return null;
  }
  return parts;
}

/** Return the text that stands in a segment of a path. */
export function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment; // a stray per cent sign stands for itself
  }
}
