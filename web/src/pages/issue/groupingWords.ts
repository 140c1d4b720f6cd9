/** Why events are one error, in words. Pure. */

import type { Explanation, FingerprintOrigin, GroupingParts, IssueFingerprint, SkippedLine } from "../../api/types";

/** Return what decided, in a sentence. */
export function decidedBy(explanation: Explanation): string {
  if (explanation.by === "own")
    return "The event brought a fingerprint of its own, which comes before everything else.";
  if (explanation.by === "rule") {
    return `Rule ${(explanation.rule ?? 0) + 1} of the project decided: it is the first that matched.`;
  }
  return `No rule of the project matched, so the content decided, by version ${explanation.version} of the fingerprint.`;
}

/** Return why a line of the stack does not count. */
export function skippedWords(line: SkippedLine): string {
  const library = /^framework: (.*)$/s.exec(line.reason)?.[1];
  if (library !== undefined) return `a library's: ${library}`;
  if (line.reason === "header") return "says what happened, not where";
  if (line.reason === "no frame") return "names no place in code";
  return line.reason;
}

/** Return what made a fingerprint. */
export function originWords(origin: FingerprintOrigin | undefined): string {
  switch (origin?.origin) {
    case "own":
      return "sent by the client";
    case "rule":
      return `rule ${(origin.rule ?? 0) + 1}`;
    case "version_1":
      return "content, version 1";
    case "version_2":
      return "content, version 2";
    case "overflow":
      return "the limit of new errors";
    default:
      return "not known any more";
  }
}

interface Piece {
  text: string;
  /** What was found there, in the order in which it was replaced; null of text that stays. */
  found: readonly string[] | null;
}

/** Split a text as it is hashed into what stays and the placeholders in it, each with what it stands for. */
export function piecesOf(parts: Pick<GroupingParts, "message" | "replaced">): Piece[] {
  const found = new Map<string, string[]>();
  for (const piece of parts.replaced) {
    const key = piece.placeholder.toLowerCase();
    found.set(key, [...(found.get(key) ?? []), piece.found]);
  }
  const pieces: Piece[] = [];
  let rest = parts.message;
  while (rest) {
    const next = firstOf(rest, [...found.keys()]);
    if (next === null) return [...pieces, { text: rest, found: null }];
    if (next.at > 0) pieces.push({ text: rest.slice(0, next.at), found: null });
    pieces.push({ text: rest.slice(next.at, next.at + next.key.length), found: found.get(next.key) ?? [] });
    rest = rest.slice(next.at + next.key.length);
  }
  return pieces;
}

function firstOf(text: string, keys: readonly string[]): { at: number; key: string } | null {
  let first: { at: number; key: string } | null = null;
  const lower = text.toLowerCase();
  for (const key of keys) {
    const at = key ? lower.indexOf(key) : -1;
    if (at >= 0 && (first === null || at < first.at)) first = { at, key };
  }
  return first;
}

/** A fingerprint of an issue with all that is known of it. */
export interface KnownFingerprint extends IssueFingerprint {
  made: string;
}

export function knownFingerprints(
  counted: readonly IssueFingerprint[],
  origins: readonly FingerprintOrigin[],
): KnownFingerprint[] {
  const byName = new Map(origins.map((origin) => [origin.fingerprint, origin]));
  return counted.map((one) => ({ ...one, made: originWords(byName.get(one.fingerprint)) }));
}
