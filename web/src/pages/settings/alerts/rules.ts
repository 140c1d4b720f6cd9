/** What an alert rule is: its kinds, what it says in words, and how it stands in a form. Pure. */

import type { AlertRule, AlertRuleInput, Json } from "../../../api/types";
import { full } from "../../../format";
import { numberOf } from "../numbers";
import { type Duration, durationOf, durationWords, secsOf } from "./durations";

export type RuleType = "new_issue" | "regression" | "threshold" | "spike" | "escalating" | "mover";

/** The kinds of rules that this page knows, in the order of the choice. */
export const TYPES: readonly { value: RuleType; label: string; about: string }[] = [
  { value: "new_issue", label: "New errors", about: "Fires when there is an error that the project never had." },
  { value: "regression", label: "Errors that are back", about: "Fires when an error that was resolved occurs again." },
  { value: "threshold", label: "Too many events", about: "Fires when an error has too many events in a short time." },
  {
    value: "spike",
    label: "A sudden increase",
    about: "Fires when the whole project, or one error, has far more events than just before.",
  },
  {
    value: "escalating",
    label: "Worse than last week",
    about: "Fires when an error has far more events than at the same time of the 7 days before.",
  },
  {
    value: "mover",
    label: "Rising or falling",
    about: "Fires when an error has many more events than in as long before, or many fewer.",
  },
];

export const FILTERS = ["environment", "source", "release", "route", "http_status"] as const;
export type Filter = (typeof FILTERS)[number];

/** Fields that something can be wrong with. */
export type FieldName = Filter | "name" | "description" | "project" | "type" | Figure | "fingerprint" | "counted_route";
type Figure = "threshold" | "window" | "multiplier" | "baseline" | "compare" | "min_count" | "percent" | "min_change";

/** A rule as it stands in the form. Each kind keeps its own figures, so that looking at another one loses nothing. */
export interface Draft {
  name: string;
  description: string;
  /** Id of the project; null for all of them. */
  project: string | null;
  /** Of a newer server it may be one that this page does not know. */
  type: string;
  /** Where errors that are back are alerts of a rule for new ones. */
  regressions: boolean;
  threshold: { of: CountedOf; fingerprint: string; route: string; more_than: string; window: Duration };
  spike: { multiplier: string; baseline: Duration; compare: Duration; min_count: string; fingerprint: string };
  escalating: { multiplier: string; window: Duration; min_count: string; fingerprint: string };
  mover: { percent: string; window: Duration; min_change: string; direction: Direction; fingerprint: string };
  filters: Record<Filter, string>;
}

/** What the events of a threshold are counted of: each error by itself, one of them, or all of a route together. */
export type CountedOf = "each" | "one" | "route";

export type Direction = "up" | "down" | "both";

export function isKnown(type: string): type is RuleType {
  return TYPES.some((known) => known.value === type);
}

/** Whether a kind of rule looks at single events: counts tell no HTTP status. */
export function hasHttpStatus(type: string): boolean {
  return type === "new_issue" || type === "regression";
}

/** Return the form of a new rule for a project. */
export function newDraft(project: string | null): Draft {
  return {
    name: "",
    description: "",
    project,
    type: "new_issue",
    regressions: true,
    threshold: { of: "each", fingerprint: "", route: "", more_than: "100", window: { amount: "5", unit: "minutes" } },
    spike: {
      multiplier: "3",
      baseline: { amount: "1", unit: "hours" },
      compare: { amount: "5", unit: "minutes" },
      min_count: "20",
      fingerprint: "",
    },
    escalating: { multiplier: "5", window: { amount: "1", unit: "hours" }, min_count: "50", fingerprint: "" },
    mover: {
      percent: "100",
      window: { amount: "1", unit: "hours" },
      min_change: "20",
      direction: "up",
      fingerprint: "",
    },
    filters: { environment: "", source: "", release: "", route: "", http_status: "" },
  };
}

/** Return the form of a rule that there is. */
export function draftOf(rule: AlertRule): Draft {
  const draft = withConfig(newDraft(rule.project_id), rule.rule_type, rule.config);
  return {
    ...draft,
    name: rule.name,
    description: rule.description ?? "",
    filters: {
      // Both say the same.
      environment: rule.environment_filter ?? textOf(rule.config.environment),
      source: rule.source_filter ?? "",
      release: rule.release_filter ?? "",
      route: rule.route_filter ?? "",
      http_status: rule.http_status_filter ?? "",
    },
  };
}

/** Return `draft` as a rule of `type` with the fields of its config, in the API's units. */
export function withConfig(draft: Draft, type: string, config: Readonly<Record<string, unknown>>): Draft {
  const text = (name: string, otherwise: string) => (config[name] == null ? otherwise : String(config[name]));
  const span = (name: string, otherwise: Duration) => {
    const secs = Number(config[name] ?? Number.NaN);
    return secs > 0 ? durationOf(secs) : otherwise;
  };
  const { threshold, spike, escalating, mover } = draft;
  const [fingerprint, route] = [textOf(config.fingerprint), textOf(config.route)];
  return {
    ...draft,
    type,
    regressions: type === "new_issue" ? String(config.regressions ?? draft.regressions) !== "false" : draft.regressions,
    ...(type === "threshold" && {
      threshold: {
        of: fingerprint ? "one" : route ? "route" : "each",
        fingerprint,
        route,
        more_than: text("threshold", threshold.more_than),
        window: span("window_secs", threshold.window),
      },
    }),
    ...(type === "spike" && {
      spike: {
        multiplier: text("multiplier", spike.multiplier),
        baseline: span("baseline_window_secs", spike.baseline),
        compare: span("compare_window_secs", spike.compare),
        min_count: text("min_count", spike.min_count),
        fingerprint,
      },
    }),
    ...(type === "escalating" && {
      escalating: {
        multiplier: text("multiplier", escalating.multiplier),
        window: span("window_secs", escalating.window),
        min_count: text("min_count", escalating.min_count),
        fingerprint,
      },
    }),
    ...(type === "mover" && {
      mover: {
        percent: text("percent", mover.percent),
        window: span("window_secs", mover.window),
        min_change: text("min_change", mover.min_change),
        direction: DIRECTIONS.find((known) => known.value === config.direction)?.value ?? mover.direction,
        fingerprint,
      },
    }),
  };
}

export const DIRECTIONS: readonly { value: Direction; label: string; words: string }[] = [
  { value: "up", label: "More events", words: "more" },
  { value: "down", label: "Fewer events", words: "fewer" },
  { value: "both", label: "More or fewer", words: "more or fewer" },
];

/** Return the config of a form in which nothing is wrong; null of a kind that this page does not know. */
function configOf(draft: Draft): Record<string, Json> | null {
  const { threshold, spike, escalating, mover } = draft;
  switch (draft.type) {
    case "new_issue":
      return { type: draft.type, regressions: draft.regressions };
    case "regression":
      return { type: draft.type };
    case "threshold":
      return {
        type: draft.type,
        threshold: numberOf(threshold.more_than),
        window_secs: secsOf(threshold.window),
        ...(threshold.of === "one" && { fingerprint: threshold.fingerprint.trim() }),
        ...(threshold.of === "route" && { route: threshold.route.trim() }),
      };
    case "spike":
      return {
        type: draft.type,
        multiplier: numberOf(spike.multiplier),
        baseline_window_secs: secsOf(spike.baseline),
        compare_window_secs: secsOf(spike.compare),
        min_count: numberOf(spike.min_count),
        ...only(spike.fingerprint),
      };
    case "escalating":
      return {
        type: draft.type,
        multiplier: numberOf(escalating.multiplier),
        window_secs: secsOf(escalating.window),
        min_count: numberOf(escalating.min_count),
        ...only(escalating.fingerprint),
      };
    case "mover":
      return {
        type: draft.type,
        percent: numberOf(mover.percent),
        window_secs: secsOf(mover.window),
        min_change: numberOf(mover.min_change),
        direction: mover.direction,
        ...only(mover.fingerprint),
      };
    default:
      return null;
  }
}

/** Return what narrows a rule down to one error, if it is one. */
function only(fingerprint: string): { fingerprint?: string } {
  return fingerprint.trim() ? { fingerprint: fingerprint.trim() } : {};
}

/** Return what the API is to make of a form, but for its project, which no change can have. */
export function inputOf(draft: Draft): Omit<AlertRuleInput, "project_id"> {
  const { environment, source, release, route, http_status } = draft.filters;
  const config = configOf(draft);
  return {
    name: draft.name.trim(),
    description: draft.description.trim() || null,
    ...(config !== null && { config }),
    environment_filter: environment.trim() || null,
    source_filter: source.trim() || null,
    release_filter: release.trim() || null,
    route_filter: route.trim() || null,
    http_status_filter: (hasHttpStatus(draft.type) && http_status.trim()) || null,
  };
}

/** Return in a sentence what a rule fires for. */
export function describe(rule: Pick<AlertRule, "rule_type" | "config">): string {
  const { config } = rule;
  const [count, times] = [figure(config.threshold), figure(config.multiplier)];
  const least = config.min_count == null ? "" : `, and at least ${figure(config.min_count)}`;
  switch (rule.rule_type) {
    case "new_issue":
      return config.regressions === false ? "New errors" : "New errors, and errors that are back";
    case "regression":
      return "Errors that are back after they were resolved";
    case "threshold":
      return `More than ${count} events of ${countedWords(config)} within ${span(config.window_secs)}`;
    case "spike":
      return `Over ${times} times as many events ${ofOne(config)}in ${span(config.compare_window_secs)} as in the ${span(config.baseline_window_secs).replace(/^1 /, "")} before${least}`;
    case "escalating":
      return `${config.fingerprint ? `The error ${textOf(config.fingerprint)}` : "Errors"} with over ${times} times as many events in ${span(config.window_secs)} as at that time in the week before${least}`;
    case "mover":
      return moverWords(config);
    default:
      return `“${rule.rule_type.replaceAll("_", " ")}”, which a newer version of this page knows`;
  }
}

/** Return what kind of alert something is, in a word or two. */
export function kindWords(kind: string): string {
  const words: Record<string, string> = {
    new_issue: "New error",
    regression: "Error is back",
    threshold: "Too many events",
    spike: "Spike",
    escalating: "Escalating",
    mover: "Moved",
    test: "Test",
  };
  return words[kind] ?? kind.replaceAll("_", " ");
}

/** Return the filters of a rule that are set, each as its name and its value. */
export function filtersOf(rule: AlertRule): { name: string; value: string }[] {
  const found = {
    environment: rule.environment_filter ?? textOf(rule.config.environment),
    source: rule.source_filter,
    release: rule.release_filter,
    route: rule.route_filter,
    status: rule.http_status_filter,
  };
  return Object.entries(found).flatMap(([name, value]) => (value ? [{ name, value }] : []));
}

function countedWords(config: AlertRule["config"]): string {
  if (config.fingerprint) return `the error ${textOf(config.fingerprint)}`;
  return config.route ? `the route ${textOf(config.route)}` : "one error";
}

function ofOne(config: AlertRule["config"]): string {
  return config.fingerprint ? `of the error ${textOf(config.fingerprint)} ` : "";
}

function moverWords(config: AlertRule["config"]): string {
  const which = config.fingerprint ? `The error ${textOf(config.fingerprint)}` : "Errors";
  const direction = DIRECTIONS.find((known) => known.value === config.direction)?.words ?? "more or fewer";
  const least = config.min_change == null ? "" : `, and by at least ${figure(config.min_change)}`;
  return `${which} with ${figure(config.percent)} % ${direction} events in ${span(config.window_secs)} than in as long before${least}`;
}

function span(secs: Json | undefined): string {
  return typeof secs === "number" ? durationWords(secs) : "?";
}

function figure(value: Json | undefined): string {
  return typeof value === "number" ? full(value) : "?";
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
