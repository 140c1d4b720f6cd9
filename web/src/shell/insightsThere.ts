/** Whether this server has insights: asked once, and remembered in this tab, so that the navigation does not jump. */

import { signal } from "@preact/signals";
import { api, isAbort, Problem } from "../api/client";

const KEY = "bloop-insights";
/** How long what is remembered is taken as it is. */
const KNOWN_MS = 3_000;

/** Whether there are insights, as far as is known. */
export const hasInsights = signal(remembered());

/** Ask whether there are any. While they are being prepared there are. */
export async function probeInsights(signal?: AbortSignal): Promise<void> {
  // The answer takes some work: where it is as good as known, the page itself comes first.
  if (hasInsights.value) await new Promise((later) => setTimeout(later, KNOWN_MS));
  if (signal?.aborted) return;
  try {
    await api.get("/v1/analytics/spikes", { query: { limit: 1 }, signal });
    remember(true);
  } catch (error) {
    // Without an answer, what was known stays so.
    if (!isAbort(error) && error instanceof Problem && error.status > 0) remember(error.status === 503);
  }
}

function remembered(): boolean {
  try {
    return sessionStorage.getItem(KEY) === "yes";
  } catch {
    return false; // a browser that keeps nothing learns it each time
  }
}

function remember(isThere: boolean): void {
  hasInsights.value = isThere;
  try {
    sessionStorage.setItem(KEY, isThere ? "yes" : "no");
  } catch {
    // See remembered.
  }
}
