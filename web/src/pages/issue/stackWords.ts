/** Why a line of a stack could not be mapped, in words. Pure. */

import { isolate } from "./isolate";

export interface Why {
  /** In a few words, beside the line. */
  short: string;
  /** What is wrong and what to do, in a sentence or two. */
  long: string;
}

/** Return the words for a reason of the server's. `others` are releases that maps are there for. */
export function whyUnmapped(reason: string, others: readonly string[] = []): Why {
  const [, debugId, rest] = /^no map with debug id ([^;]+); (.*)$/s.exec(reason) ?? [null, null, reason];
  const why = whyNone(rest ?? reason, others);
  if (!debugId) return why;
  return { short: why.short, long: `No map has the debug id ${debugId} that the event tells. ${why.long}` };
}

function whyNone(reason: string, others: readonly string[]): Why {
  const release = /^no map for release (.*)$/s.exec(reason)?.[1];
  if (release !== undefined) return whyNoRelease(release, others);
  const names = /^names differ: (.*) ≠ (.*)$/s.exec(reason);
  if (names) {
    return {
      short: "names differ",
      long: `Names differ: ${isolate(names[1] ?? "")} ≠ ${isolate(names[2] ?? "")}. Upload the map of this script under the end of its path.`,
    };
  }
  const place = /^the map has nothing at (.*)$/s.exec(reason)?.[1];
  if (place !== undefined) {
    return {
      short: "not in the map",
      long: `The map has nothing at ${place}: it is of another build, or the bundler itself has written that place.`,
    };
  }
  const fault = /^map invalid: (.*)$/s.exec(reason)?.[1];
  if (fault !== undefined)
    return { short: "map invalid", long: `The map cannot be read: ${fault}. Upload a whole one.` };
  if (reason.startsWith("the map was deleted")) {
    return { short: "map deleted", long: "The map was deleted while it was being looked for. Load the page anew." };
  }
  return { short: reason, long: `${reason.charAt(0).toUpperCase()}${reason.slice(1)}.` };
}

function whyNoRelease(named: string, others: readonly string[]): Why {
  const found = others.find((known) => known !== named);
  const [release, other] = [isolate(named), found === undefined ? undefined : isolate(found)];
  const upload = `Upload the maps of ${release}; events and maps have to name it alike, to the letter.`;
  if (other === undefined) return { short: "no map", long: `There is no map for the release ${release}. ${upload}` };
  return {
    short: `release differs: ${release} ≠ ${other}`,
    long: `Release differs: the event is of ${release}, and the newest maps are of ${other}. ${upload}`,
  };
}

/** A reason, and how many lines have one of its kind. */
export interface Counted {
  reason: string;
  lines: number;
}

/** Return one reason of each kind, those of most lines first. */
export function countReasons(reasons: readonly string[]): Counted[] {
  const counts = new Map<string, Counted>();
  for (const reason of reasons) {
    const kind = whyUnmapped(reason).short;
    const known = counts.get(kind) ?? { reason, lines: 0 };
    counts.set(kind, { ...known, lines: known.lines + 1 });
  }
  return [...counts.values()].sort((one, other) => other.lines - one.lines);
}
