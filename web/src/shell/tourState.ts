/** Whether the tour is shown: once in a browser, and whenever somebody asks for it. */

import { signal } from "@preact/signals";

const KEY = "bloop-tour";

function isDone(): boolean {
  try {
    return localStorage.getItem(KEY) !== null;
  } catch {
    return true; // a browser that keeps nothing would show it each time
  }
}

export const isTouring = signal(!isDone());

/** Show the tour again. */
export function startTour(): void {
  isTouring.value = true;
}

/** Not again in this browser. */
export function endTour(): void {
  isTouring.value = false;
  try {
    localStorage.setItem(KEY, "done");
  } catch {
    // See isDone.
  }
}
