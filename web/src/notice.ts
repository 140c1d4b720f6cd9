/** Words that outlive a reload: a page that goes away by itself says afterwards why it did. */

const TEXT = "bloop-notice";
const AT = "bloop-reloaded";
const AGAIN_MS = 10_000;

/** Load the page anew and say why there; false if that was done just now, so that nothing goes round and round. */
export function reloadSaying(text: string): boolean {
  try {
    if (Date.now() - Number(sessionStorage.getItem(AT)) < AGAIN_MS) return false;
    sessionStorage.setItem(AT, String(Date.now()));
    sessionStorage.setItem(TEXT, text);
  } catch {
    return false; // a browser that keeps nothing could not tell the first time from the second
  }
  location.reload();
  return true;
}

/** Have something said by the next page of the dashboard in this tab, such as after signing in. */
export function sayLater(text: string): void {
  try {
    sessionStorage.setItem(TEXT, text);
  } catch {
    // A browser that keeps nothing says nothing later.
  }
}

/** Return what is to be said after a reload, this once; null if there is nothing. */
export function takeNotice(): string | null {
  try {
    const text = sessionStorage.getItem(TEXT);
    sessionStorage.removeItem(TEXT);
    return text;
  } catch {
    return null;
  }
}

/** Ask a page anew that the browser had kept as it was: whoever left it may have signed out, or in, since. */
export function distrustKeptPages(): void {
  addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });
}
