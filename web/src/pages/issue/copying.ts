/** Putting text on the clipboard, also text that is still on its way. */

/**
 * Put a text on the clipboard. What is on its way is handed over as a promise: a browser takes nothing from a page that
 * first waits for a server, as nobody presses anything at that moment.
 *
 * Is rejected with what the text was rejected with, or with a `Refused` that has the text if the browser takes none.
 */
export async function copyText(text: string | Promise<string>): Promise<void> {
  const coming = Promise.resolve(text);
  if (typeof text !== "string" && (await wasTakenAsPromise(coming))) return;
  const ready = await coming;
  try {
    await navigator.clipboard.writeText(ready);
  } catch {
    throw new Refused(ready);
  }
}

/** The browser lets nothing onto the clipboard: no permission, or a page that came by plain HTTP. */
export class Refused extends Error {
  readonly text: string;

  constructor(text: string) {
    super("The browser lets nothing onto the clipboard.");
    this.text = text;
  }
}

async function wasTakenAsPromise(coming: Promise<string>): Promise<boolean> {
  try {
    const blob = coming.then((text) => new Blob([text], { type: "text/plain" }));
    // What else is done with it says that it failed.
    blob.catch(() => {});
    await navigator.clipboard.write([new ClipboardItem({ "text/plain": blob })]);
    return true;
  } catch {
    return false;
  }
}
