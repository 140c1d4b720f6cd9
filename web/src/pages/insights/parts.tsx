/** What the rows of the insights share. */

import type { Json } from "../../api/types";
import { issueHref, slugOf } from "../../links";
import { href } from "../../router";
import { isAll, projectLabel, projectOf } from "../../session";
import { LinkButton } from "../../ui/Button";

/** What `j` and `k` go to: one in each row. */
export const OPENS = "insight-open";

interface ErrorNameProps {
  project_id: string;
  fingerprint: string;
  error_type: string;
  message: string;
}

/** An error as a link to its page, and its message. */
export function ErrorName({ project_id, fingerprint, error_type, message }: ErrorNameProps) {
  return (
    <div class="insight-name">
      <div class="insight-title">
        <a class={`${OPENS} ellipsis`} href={issueHref({ project_id, fingerprint })}>
          <bdi>{error_type || "Error"}</bdi>
        </a>
        <ProjectName id={project_id} />
      </div>
      <p class="ellipsis quiet" title={message}>
        <bdi>{message}</bdi>
      </p>
    </div>
  );
}

/** The project of a row, where there are rows of several. */
export function ProjectName({ id }: { id: string }) {
  if (!isAll.value) return null;
  const found = projectOf(id);
  return (
    <span class="insight-project">
      <bdi>{found ? projectLabel(found) : id}</bdi>
    </span>
  );
}

interface AlertLinkProps {
  /** Of the error that the rule is about. */
  project_id: string;
  error_type: string;
  /** The config of the rule. */
  rule: Record<string, Json>;
  /** What the rule is called at first. */
  name: string;
  environment: string | null;
}

/** Leads to the form of a rule that is about this error, filled in. */
export function AlertLink({ project_id, error_type, rule, name, environment }: AlertLinkProps) {
  const config = Object.entries(rule).map(([field, value]) => [field, String(value)]);
  const to = href("/settings/alerts/new", {
    project: slugOf(project_id),
    ...Object.fromEntries(config),
    name: name.slice(0, 200),
    environment_filter: environment,
  });
  return (
    <LinkButton kind="quiet" size="small" icon="bell" href={to} label={`Alert me about this: ${error_type || "Error"}`}>
      Alert me
    </LinkButton>
  );
}
