/**
 * A form that the address fills in, so that other pages can lead to a rule that is nearly made.
 *
 * `/settings/alerts/new` takes the names that the API has for the fields of a rule:
 *
 * - `type` (or `rule_type`): new_issue, regression, threshold, spike, escalating, mover;
 * - of its config: `regressions`, `threshold`, `window_secs`, `fingerprint`, `route`, `multiplier`,
 *   `baseline_window_secs`, `compare_window_secs`, `min_count`, `percent`, `min_change`, `direction`, `environment`;
 * - of the rule: `name`, `description`, `project_id` (id or slug; `*` for all projects; without it the project of the
 *   address), `environment_filter`, `source_filter`, `release_filter`, `route_filter`, `http_status_filter`.
 *
 * What is left out is as in an empty form; figures are in the units of the API. Example:
 * `/settings/alerts/new?project=shop&type=threshold&fingerprint=4f1c2a90&threshold=100&window_secs=300`
 */

import type { Project } from "../../../session";
import { type Draft, isKnown, newDraft, withConfig } from "./rules";

/** Return the form of a new rule as an address asks for it; `here` is the project that the pages are about. */
export function draftFrom(query: URLSearchParams, here: Project | null, projects: readonly Project[]): Draft {
  const text = (name: string) => query.get(name) ?? "";
  const type = query.get("type") ?? query.get("rule_type") ?? "";
  const draft = withConfig(
    newDraft(projectFrom(query.get("project_id"), here, projects)),
    isKnown(type) ? type : "new_issue",
    Object.fromEntries(query),
  );
  return {
    ...draft,
    name: text("name"),
    description: text("description"),
    filters: {
      environment: text("environment_filter") || text("environment"),
      source: text("source_filter"),
      release: text("release_filter"),
      route: text("route_filter"),
      http_status: text("http_status_filter"),
    },
  };
}

function projectFrom(named: string | null, here: Project | null, projects: readonly Project[]): string | null {
  if (named === "*") return null;
  const found = projects.find((known) => known.id === named || known.slug === named) ?? here;
  return found?.id ?? null;
}
