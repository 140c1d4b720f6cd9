import { signal } from "@preact/signals";
import { nowMs } from "../clock";
import { ago, exactTime } from "../format";

/** One clock for all times on the page; they turn together, twice a minute. */
const turn = signal(0);
setInterval(() => {
  turn.value += 1;
}, 30_000);

/**
 * A time as how long ago it was, with the exact one in its title.
 *
 * The server gives errors and the audit log in milliseconds (`ms`), and people, tokens and projects in seconds (`secs`).
 */
export function Time({ ms, secs }: { ms?: number; secs?: number }) {
  const at = ms ?? (secs ?? 0) * 1000;
  void turn.value;
  return (
    <time class="nowrap" dateTime={new Date(at).toISOString()} title={exactTime(at)}>
      {ago(at, nowMs())}
    </time>
  );
}
