import { useEffect } from "preact/hooks";
import { eachAtOnce } from "../../api/atOnce";
import { api, Problem, segment } from "../../api/client";
import type { ErrorDetail, IssueSummary } from "../../api/types";
import { useLoaded } from "../../api/useLoaded";
import { count } from "../../format";
import { issueHref } from "../../links";
import { go } from "../../router";
import { projectLabel, projectOf, projects } from "../../session";
import { StatusBadge } from "../../ui/Badge";
import { Panel } from "../../ui/Panel";
import { Loaded, SkeletonRows } from "../../ui/States";
import { Time } from "../../ui/Time";
import { NoIssue } from "./NoIssue";

/** Requests that are under way at once. */
const AT_ONCE = 6;

/** An issue, where the address names no project: goes to the one that has it, or asks which. */
export default function WhichProject({ fingerprint }: { fingerprint: string }) {
  const path = `/v1/errors/${segment(fingerprint)}`;
  const loaded = useLoaded((signal) => holdersOf(path, signal), [path]);
  const only = loaded.data?.length === 1 ? loaded.data[0] : undefined;
  useEffect(() => {
    if (only) go(issueHref(only), { replace: true });
  }, [only]);
  return (
    <Loaded from={loaded} skeleton={<SkeletonRows rows={4} />}>
      {(holders) => {
        if (holders.length === 0) return <NoIssue isEverywhere />;
        return (
          <Panel title="Which project?" about="Several projects have an error with this fingerprint." flush>
            <ul class="which-project" aria-label="Projects that have it">
              {holders.map((issue) => (
                <li key={issue.project_id}>
                  <a href={issueHref(issue)}>{nameOf(issue.project_id)}</a>
                  <StatusBadge status={issue.status} />
                  <span class="quiet">
                    {count(issue.total_count, "event")}, last <Time ms={issue.last_seen} />
                  </span>
                </li>
              ))}
            </ul>
          </Panel>
        );
      }}
    </Loaded>
  );
}

/** Return the issue as each project has it: one request where there is one, else one for each project. */
async function holdersOf(path: string, signal: AbortSignal): Promise<IssueSummary[]> {
  const only = await api
    .get<ErrorDetail>(path, { signal })
    .then(({ issue }) => [issue])
    .catch((error: unknown) => {
      if (error instanceof Problem && error.status === 404) return [];
      if (error instanceof Problem && error.status === 400) return null;
      throw error;
    });
  if (only) return only;
  const found: IssueSummary[] = [];
  await eachAtOnce(projects.value, AT_ONCE, async ({ id }) => {
    const detail = await api.get<ErrorDetail>(path, { query: { project_id: id }, signal }).catch((error: unknown) => {
      if (error instanceof Problem && error.status === 404) return null;
      throw error;
    });
    if (detail) found.push(detail.issue);
  });
  return found.toSorted((one, other) => other.last_seen - one.last_seen);
}

function nameOf(id: string): string {
  const known = projectOf(id);
  return known ? projectLabel(known) : id;
}
