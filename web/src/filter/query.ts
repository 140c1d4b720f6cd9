/**
 * The language of a list's filter: `is:unresolved release:"1.2 beta" env:prod time* "out of memory"`. Pure.
 *
 * What has the form `key:value`, with a key that is known and a value that the key can have, is a chip; everything else
 * is words to search for.
 */

/** Keys in the order in which they are offered and written. */
export const KEYS = ["is", "release", "env", "source", "route", "assignee", "after", "before"] as const;
export type Key = (typeof KEYS)[number];

/** What else keys may be called. */
const ALIASES: Readonly<Record<string, Key>> = { environment: "env" };

/** What `is:` can be; `all` is any status. */
export const STATUSES = ["unresolved", "resolved", "ignored", "muted", "all"] as const;

export interface Chip {
  key: Key;
  value: string;
}

export interface Query {
  /** One of a key at most, in the order of the keys. */
  chips: readonly Chip[];
  /** As they are searched for, phrases in quotation marks. */
  words: string;
  /** What of the text does not do what it seems to, a sentence each. */
  notes: readonly string[];
}

/** A phrase, a key with a quoted value, or whatever stands between spaces; a quotation mark may be missing at the end. */
const TOKEN = /"[^"]*"?|([a-z]+):"((?:\\[\s\S]|\\$|[^"\\])*)("?)|\S+/gi;
const BARE = /^([a-z]+):([^"][\s\S]*)$/i;
const DAY = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2}))?$/;
const AGO = /^(\d{1,4})([hdw])$/;
const HOUR_MS = 3_600_000;
const HOURS: Readonly<Record<string, number>> = { h: 1, d: 24, w: 168 };

/** Return what a text means. Every text means something. */
export function parseQuery(text: string): Query {
  const chips = new Map<Key, string>();
  const words: string[] = [];
  const notes = new Set<string>();
  for (const token of text.matchAll(TOKEN)) {
    const said = keyAndValue(token);
    const key = said && findKey(said.name);
    if (!said || !key) {
      words.push(token[0]);
      continue;
    }
    const wrong = whatIsWrong(key, said.value);
    if (wrong) {
      words.push(token[0]);
      notes.add(`${wrong} “${token[0]}” is searched for as text.`);
      continue;
    }
    const value = key === "is" ? said.value.toLowerCase() : said.value;
    if (chips.has(key) && chips.get(key) !== value) notes.add(`“${key}:” is there twice; the last one counts.`);
    chips.set(key, value);
  }
  return { chips: inOrder(chips), words: words.join(" "), notes: [...notes] };
}

/** Return the text that means a query, the same one for all that mean the same. */
export function formatQuery(query: Pick<Query, "chips" | "words">): string {
  const said = inOrder(new Map(query.chips.map((chip) => [chip.key, chip.value]))).filter(
    (chip) => chip.key !== "is" || chip.value !== "all",
  );
  const text = [...said.map(formatChip), query.words.trim()].filter(Boolean).join(" ");
  return text || "is:all";
}

/** Return a chip as it is typed. */
export function formatChip({ key, value }: Chip): string {
  return `${key}:${/^[^\s"\\]+$/.test(value) ? value : `"${value.replace(/["\\]/g, "\\$&")}"`}`;
}

/** Return what a key is set to; null if it is not. */
export function valueOfKey(query: Query, key: Key): string | null {
  return query.chips.find((chip) => chip.key === key)?.value ?? null;
}

/** Return the query with a key set to something, or to nothing at all by null. */
export function withValue(query: Query, key: Key, value: string | null): Query {
  const chips = new Map(query.chips.map((chip) => [chip.key, chip.value]));
  if (value === null) chips.delete(key);
  else chips.set(key, value);
  return { ...query, chips: inOrder(chips) };
}

/** Return the key that a word names, also by another name of it; null if it names none. */
function findKey(name: string): Key | null {
  const wanted = name.toLowerCase();
  return KEYS.find((key) => key === wanted) ?? ALIASES[wanted] ?? null;
}

/** Return the time that a text names, in epoch milliseconds: a local day, a local minute, or so many hours ago. */
export function timeOf(text: string, nowMs: number): number | null {
  const day = DAY.exec(text);
  if (day) {
    const [year = 0, month = 0, date = 0, hour = 0, minute = 0] = day.slice(1).map((part) => Number(part ?? 0));
    const at = new Date(year, month - 1, date, hour, minute);
    const isReal = at.getMonth() === month - 1 && at.getDate() === date && hour < 24 && minute < 60;
    return isReal ? at.getTime() : null;
  }
  const ago = AGO.exec(text);
  // A full hour, so that what it means does not change from one moment to the next.
  const thisHour = Math.floor(nowMs / HOUR_MS) * HOUR_MS;
  return ago ? thisHour - Number(ago[1]) * (HOURS[ago[2] ?? "h"] ?? 1) * HOUR_MS : null;
}

/** What stands in a field while somebody types. */
export interface Draft {
  /** Chips that are complete: what follows them is something else. */
  chips: readonly Chip[];
  /** The words before the one that is being typed. */
  words: string;
  /** What is being typed; empty behind a space. */
  current: string;
}

/** Return what of a text is complete, and what is still being typed at its end. */
export function draftOf(text: string): Draft {
  const last = [...text.matchAll(TOKEN)].at(-1);
  const isAtEnd = last !== undefined && last.index + last[0].length === text.length;
  const isClosed = last?.[3] === '"' || /^"[^"]*"$/.test(last?.[0] ?? "");
  const current = isAtEnd && !isClosed ? last[0] : "";
  const { chips, words } = parseQuery(current ? text.slice(0, last?.index) : text);
  return { chips, words, current };
}

/** Return the key that is being set by what is typed, and how far its value has come; null if it sets none. */
export function keyBeingSet(current: string): { key: Key; begun: string } | null {
  const said = /^([a-z]+):"?([\s\S]*)$/i.exec(current);
  const key = findKey(said?.[1] ?? "");
  return key ? { key, begun: said?.[2] ?? "" } : null;
}

/** Return the keys that what is typed may become: all for nothing. */
export function keysBegun(current: string): Key[] {
  const wanted = current.toLowerCase();
  return KEYS.filter((key) => key.startsWith(wanted));
}

/**
 * Return the words to search for while somebody types: of the last one more letters may come, so it stands for all
 * that begin so. What may become a chip is not searched for.
 */
export function wordsWhileTyping(draft: Draft): string {
  const { words, current } = draft;
  const isChip = current !== "" && (keyBeingSet(current) !== null || keysBegun(current).length > 0);
  return [words, isChip ? "" : openEnded(current)].filter(Boolean).join(" ");
}

/** Return what a text comes to when nothing more is typed. A key that nothing stands behind is left out. */
export function finished(text: string): Pick<Query, "chips" | "words"> {
  const { words, current } = draftOf(text);
  const being = keyBeingSet(current);
  const isChip = being?.begun === "" || parseQuery(current).chips.length > 0;
  const last = being ? current : openEnded(current);
  return { chips: parseQuery(text).chips, words: [words, isChip ? "" : last].filter(Boolean).join(" ") };
}

function openEnded(word: string): string {
  return /^[^"]*[\p{L}\p{N}]$/u.test(word) ? `${word}*` : word;
}

function keyAndValue(token: RegExpMatchArray): { name: string; value: string } | null {
  if (token[1] !== undefined) return { name: token[1], value: (token[2] ?? "").replace(/\\([\s\S])/g, "$1") };
  const bare = BARE.exec(token[0]);
  return bare ? { name: bare[1] ?? "", value: bare[2] ?? "" } : null;
}

function whatIsWrong(key: Key, value: string): string | null {
  if (key === "is" && !STATUSES.some((status) => status === value.toLowerCase())) return "There is no such status:";
  if ((key === "after" || key === "before") && timeOf(value, 0) === null) {
    return "A time is written 2026-01-31, 2026-01-31T14:00 or 24h:";
  }
  return value.trim() ? null : "Nothing stands behind the key:";
}

function inOrder(chips: ReadonlyMap<Key, string>): Chip[] {
  return KEYS.flatMap((key) => {
    const value = chips.get(key);
    return value === undefined ? [] : [{ key, value }];
  });
}
