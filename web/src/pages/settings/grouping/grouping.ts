/** Rules of grouping as they stand in the editor, and what a preview says in words. Pure. */

import type { GroupingInfo, GroupingInput, GroupingRule, Regrouping } from "../../../api/types";
import { count } from "../../../format";

export const FIELDS = [
  { value: "type", label: "Error type" },
  { value: "message", label: "Message" },
  { value: "source", label: "Source" },
  { value: "route", label: "Route" },
  { value: "environment", label: "Environment" },
  { value: "release", label: "Release" },
  { value: "top_frame", label: "Frame that counts" },
  { value: "frame", label: "Any frame" },
] as const;

export type MatchField = (typeof FIELDS)[number]["value"];

export const PLACEHOLDERS: readonly { name: string; about: string }[] = [
  { name: "default", about: "the fingerprint that it would have without rules" },
  { name: "type", about: "the error type" },
  { name: "message", about: "the message as it was sent" },
  { name: "normalised_message", about: "the message without its changing parts" },
  { name: "route", about: "the route" },
  { name: "source", about: "the source" },
  { name: "frame", about: "the frame that counts" },
];

export const MAX_RULES = 100;

export interface Pattern {
  field: MatchField;
  text: string;
}

/** A rule in the editor; its key stays when it moves. */
export interface RuleDraft {
  key: number;
  patterns: readonly Pattern[];
  template: string;
}

export interface GroupingDraft {
  version: "1" | "2";
  rules: readonly RuleDraft[];
}

let lastKey = 0;

/** Return an empty rule. */
export function newRule(): RuleDraft {
  lastKey += 1;
  return { key: lastKey, patterns: [{ field: "type", text: "" }], template: "" };
}

/** Return what is stored as it stands in the editor. */
export function draftOf(info: GroupingInfo): GroupingDraft {
  return {
    version: info.version === 2 ? "2" : "1",
    rules: info.rules.map((rule) => ({
      key: newRule().key,
      patterns: FIELDS.flatMap(({ value }) => {
        const text = rule.match[value];
        return text ? [{ field: value, text }] : [];
      }),
      template: rule.fingerprint,
    })),
  };
}

/** Return what the API is to make of the editor. */
export function inputOf(draft: GroupingDraft): GroupingInput {
  return {
    version: Number(draft.version),
    rules: draft.rules.map((rule): GroupingRule => {
      const match = Object.fromEntries(rule.patterns.map(({ field, text }) => [field, text]));
      return { match, fingerprint: rule.template };
    }),
  };
}

/** Return the rules with the one at `from` moved to `to`. */
export function moved<T>(all: readonly T[], from: number, to: number): T[] {
  const rest = [...all];
  const taken = rest.splice(from, 1);
  rest.splice(to, 0, ...taken);
  return rest;
}

/** Return what is wrong with the rules, by their places; nothing of what only the server can tell. */
export function faultsOf(rules: readonly RuleDraft[]): Record<number, string> {
  return Object.fromEntries(
    rules.flatMap((rule, index) => {
      const fault = faultOf(rule);
      return fault === null ? [] : [[index, fault]];
    }),
  );
}

function faultOf({ patterns, template }: RuleDraft): string | null {
  if (patterns.length === 0) return "Say which events it is for: it needs at least one pattern.";
  if (patterns.some(({ text }) => text === "")) return "A pattern is empty. * stands for anything.";
  return template.trim() ? null : "Say what their fingerprint is made of.";
}

/** Return the place of the rule that a refusal is about and what it says without it; null if it is about none. */
export function ruleFault(message: string): { index: number; fault: string } | null {
  const found = /^rules\[(\d+)\]\.?(.*)$/i.exec(message);
  if (!found?.[1]) return null;
  const fault = found[2]?.trim() ?? "";
  return { index: Number(found[1]), fault: `${fault.charAt(0).toUpperCase()}${fault.slice(1)}` };
}

/** Return what would become of some errors. */
export function changeWords({ kind, before, after, events }: Regrouping): string {
  const of = count(events, "event");
  switch (kind) {
    case "joined":
      return `${count(before.length, "error")} would become one (${of})`;
    case "split":
      return `One error would become ${after.length} (${of})`;
    case "moved":
      return `${of} would begin a new error`;
    default:
      return `${count(before.length, "error")} would become ${after.length} others (${of})`;
  }
}
