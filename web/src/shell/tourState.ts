/** Whether the tour is shown: once in a browser, and whenever somebody asks for it. */

import { signal } from "@preact/signals";
import { remember, remembered } from "../remembered";

const KEY = "bloop-tour";

// A browser that keeps nothing would show it each time.
export const isTouring = signal(remembered(KEY) === null);

/** Show the tour again. */
export function startTour(): void {
  isTouring.value = true;
}

/** Not again in this browser. */
export function endTour(): void {
  isTouring.value = false;
  remember(KEY, "done");
}
