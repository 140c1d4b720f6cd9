import type { ComponentChildren } from "preact";
import { api } from "../../../api/client";
import type { AlertRule } from "../../../api/types";
import { useLoaded } from "../../../api/useLoaded";
import { issueHref } from "../../../links";
import { href, query, setQuery } from "../../../router";
import { project, projectOf } from "../../../session";
import { Badge } from "../../../ui/Badge";
import { Button } from "../../../ui/Button";
import { Select } from "../../../ui/Field";
import { Icon } from "../../../ui/Icon";
import { scopeName } from "./rights";

interface LogFiltersProps {
  /** The rule that the address names, by its number; empty for all of them. */
  rule: string;
  busy: boolean;
  reload: () => void;
  /** Further filters. */
  children?: ComponentChildren;
}

/** What a log is narrowed down to; it stands in the address. */
export function LogFilters({ rule, busy, reload, children }: LogFiltersProps) {
  const of = project.value?.id ?? null;
  const rules = useLoaded((signal) => api.get<AlertRule[]>("/v1/alerts", { query: { project_id: of }, signal }), [of]);
  const known = (rules.data ?? []).map(({ id, name }) => ({ value: String(id), label: name }));
  const isListed = rule === "" || known.some(({ value }) => value === rule);
  return (
    <div class="panel-head filters">
      <Select
        label="Rule"
        value={rule}
        options={[
          { value: "", label: "All rules" },
          ...known,
          ...(isListed ? [] : [{ value: rule, label: `Rule ${rule}` }]),
        ]}
        onChange={(value) => setQuery({ rule: value })}
      />
      {children}
      <Button icon="refresh" label="Load anew" busy={busy} onClick={reload} />
    </div>
  );
}

/** Return the number of the rule that the address names; empty for all, and for what is no number. */
export function namedRule(): string {
  const named = query.value.get("rule") ?? "";
  return /^\d{1,15}$/.test(named) ? named : "";
}

interface AboutProps {
  projectId: string;
  ruleId: number;
  ruleName: string;
  fingerprint: string | null;
}

/** Which rule it was, in which project, and the error that it is about. */
export function About({ projectId, ruleId, ruleName, fingerprint }: AboutProps) {
  return (
    <>
      <a href={href(`/settings/alerts/${ruleId}`)}>
        <bdi>{ruleName}</bdi>
      </a>
      {project.value === null && (
        <Badge>
          <span class="clipped-badge">{scopeName(projectId)}</span>
        </Badge>
      )}
      {fingerprint !== null && projectOf(projectId) && (
        <a class="with-icon" href={issueHref({ project_id: projectId, fingerprint })}>
          <Icon name="issues" size={12} />
          <span>
            The error <code>{fingerprint}</code>
          </span>
        </a>
      )}
    </>
  );
}
