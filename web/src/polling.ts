/** Asking the server again and again, as long as somebody looks at the page. */

/**
 * Call `ask` now, and `everyMs` after each of its answers, until it answers true; return a function that ends it.
 *
 * While the page is hidden nothing is asked, and at once when it is seen again. A rejected `ask` is no reason to stop.
 */
export function poll(ask: (signal: AbortSignal) => Promise<boolean>, everyMs: number): () => void {
  const ended = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isAsking = false;

  async function turn(): Promise<void> {
    clearTimeout(timer);
    if (isAsking || document.hidden) return;
    isAsking = true;
    const isDone = await ask(ended.signal).catch(() => false);
    isAsking = false;
    if (isDone) stop();
    if (!ended.signal.aborted && !document.hidden) timer = setTimeout(turn, everyMs);
  }

  function stop(): void {
    ended.abort();
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", turn);
  }

  document.addEventListener("visibilitychange", turn);
  void turn();
  return stop;
}
