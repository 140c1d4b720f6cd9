/** What has happened to an issue, in words; and the list of it, put together from pages. Pure. */

import type { ActivityEntry, Json } from "../../api/types";
import { count } from "../../format";
import { timeAhead } from "../../triage/phrases";
import type { IconName } from "../../ui/Icon";
import { isolate } from "./isolate";

export interface Told {
  icon: IconName;
  /** How it looks; the words say the same. */
  tone: "good" | "bad" | "quiet";
  /** Whether whoever did it is named before the words. */
  hasActor: boolean;
  words: string;
  /** Fingerprints that it is about. */
  fingerprints: readonly string[];
  /** What somebody gave as a reason. */
  reason: string | null;
}

/** Return what an entry says; of a comment, what stands beside its text. */
export function tell(entry: ActivityEntry, nowMs: number, language?: string): Told {
  const told = (icon: IconName, words: string, more: Partial<Told> = {}): Told => ({
    icon,
    tone: "quiet",
    hasActor: true,
    words,
    fingerprints: [],
    reason: null,
    ...more,
  });
  const { content } = entry;
  if (entry.kind === "status") return tellStatus(entry, nowMs, told, language);
  if (entry.kind === "comment") return told("doc", entry.edited_at === null ? "commented" : "commented, and edited it");
  if (entry.kind === "assigned") return told("user", assignedWords(entry));
  const fingerprints = textsOf(content.fingerprints);
  if (entry.kind === "merged") {
    return told("merge", `merged ${count(fingerprints.length, "other error")} into this one`, { fingerprints });
  }
  if (entry.kind === "unmerged") {
    const from = textOf(content.from);
    return from
      ? told("merge", "took this error out of", { fingerprints: [from] })
      : told("merge", `took ${count(fingerprints.length, "error")} out of this one`, { fingerprints });
  }
  return told("dots", `did something else: ${entry.kind}`);
}

type Tell = (icon: IconName, words: string, more?: Partial<Told>) => Told;

const ICONS: Readonly<Record<string, IconName>> = {
  unresolved: "alert",
  resolved: "check",
  ignored: "close",
  muted: "mute",
};
const SNOOZE_ENDED = "snooze ended: ";

function tellStatus(entry: ActivityEntry, nowMs: number, told: Tell, language?: string): Told {
  const { content } = entry;
  const status = textOf(content.new_status) ?? "";
  const reason = textOf(content.reason);
  const icon = ICONS[status] ?? "dots";
  if (reason === "regression") {
    const release = textOf(content.in_release);
    const words = `Back ${release === null ? "" : `in ${isolate(release)} `}after it had been resolved: a regression`;
    return told("alert", words, { tone: "bad", hasActor: false });
  }
  if (reason?.startsWith(SNOOZE_ENDED)) {
    const end = reason.slice(SNOOZE_ENDED.length);
    return told("clock", `No longer muted: ${isolate(end)}`, { hasActor: false });
  }
  if (reason === "undo") return told("back", `put it back to ${status}`);
  const words = { resolved: "resolved it", ignored: "ignored it", muted: "muted it", unresolved: "made it unresolved" };
  const what = words[status as keyof typeof words] ?? `made it ${status}`;
  const terms = termsOf(content, nowMs, language);
  return told(icon, [what, terms].filter(Boolean).join(" "), {
    tone: status === "resolved" ? "good" : "quiet",
    reason,
  });
}

/** Return where a resolved issue is fixed, or what ends a mute. */
function termsOf(content: ActivityEntry["content"], nowMs: number, language?: string): string {
  const fix = objectOf(content.fix);
  const release = textOf(fix?.release);
  if (release !== null)
    return fix?.is_next === true ? `in the release after ${isolate(release)}` : `in ${isolate(release)}`;
  const snooze = objectOf(content.snooze);
  if (!snooze) return "";
  const after = textOf(snooze.after_release);
  const ends = [
    typeof snooze.until === "number" && timeAhead(snooze.until, nowMs, language),
    typeof snooze.more_events === "number" && count(snooze.more_events, "more event"),
    typeof snooze.more_users === "number" && count(snooze.more_users, "more user"),
    after !== null && `a release after ${isolate(after)}`,
  ].filter((end) => end !== false);
  return ends.length > 0 ? `until ${ends.join(" or ")}` : "";
}

function assignedWords(entry: ActivityEntry): string {
  const name = textOf(entry.content.username);
  const id = textOf(entry.content.user_id);
  if (id === null && name === null) return "assigned it to nobody";
  if (id !== null && id === entry.actor) return "took it on";
  return `assigned it to ${name === null ? "somebody who is gone" : isolate(name)}`;
}

/** Return who did it, as the entry names them. */
export function actorOf(entry: Pick<ActivityEntry, "actor" | "actor_name">): string {
  if (entry.actor === null) return "The server";
  const isToken = entry.actor.startsWith("token:");
  if (entry.actor_name === null) return isToken ? "A token that is gone" : "Somebody who is gone";
  return isToken ? `Token ${entry.actor_name}` : entry.actor_name;
}

/** Return the change of status that can be undone: the last one of all, if somebody has made it. */
export function undoable(entries: readonly ActivityEntry[]): ActivityEntry | null {
  const last = entries.find((entry) => entry.kind === "status");
  return last && last.actor !== null && textOf(last.content.reason) !== "undo" ? last : null;
}

/**
 * Put a first page that was loaded anew over what is known: what is older than it stays.
 *
 * Between it and the older ones nothing is missing, as the older ones reach up to where it began before.
 */
export function withFirstPage(known: readonly ActivityEntry[], page: readonly ActivityEntry[]): ActivityEntry[] {
  const last = page.at(-1);
  if (!last) return [];
  return [...page, ...known.filter((entry) => entry.id < last.id)];
}

function textOf(value: Json | undefined): string | null {
  return typeof value === "string" ? value : null;
}

function textsOf(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === "string") : [];
}

function objectOf(value: Json | undefined): Record<string, Json> | null {
  return value !== null && typeof value === "object" && !Array.isArray(value) ? value : null;
}
