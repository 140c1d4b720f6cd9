/** What this browser keeps of somebody's choices, for as long as it does. */

/** Return what was kept under a name: null for nothing, undefined in a browser that keeps nothing. */
export function remembered(name: string): string | null | undefined {
  try {
    return localStorage.getItem(name);
  } catch {
    return undefined;
  }
}

/** Keep something under a name. In a browser that keeps nothing it is over with the page. */
export function remember(name: string, value: string): void {
  try {
    localStorage.setItem(name, value);
  } catch {
    // See remembered.
  }
}
