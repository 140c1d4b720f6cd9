import { useEffect, useState } from "preact/hooks";
import { api, isAbort, messageOf, segment } from "../../api/client";
import type { IssueSummary, ProjectInfo, ProjectStats } from "../../api/types";
import { useLoaded } from "../../api/useLoaded";
import { poll } from "../../polling";
import { href } from "../../router";
import { project as currentProject, type Project } from "../../session";
import "../../styles/pages/welcome.css";
import { LinkButton } from "../../ui/Button";
import { Icon } from "../../ui/Icon";
import { Page } from "../../ui/Page";
import { Panel } from "../../ui/Panel";
import { EmptyState, Loaded, Skeleton } from "../../ui/States";
import { useShown } from "../settings/Secret";
import { Snippets } from "../settings/Snippets";

const POLL_MS = 2_000;

/** How to send the first event of a project; the page knows by itself when it has come. */
export default function WelcomePage() {
  const project = currentProject.value;
  if (project === null) {
    return (
      <Page title="First event" narrow>
        <EmptyState
          title="No project is chosen"
          actions={<LinkButton href={href("/settings/projects")}>All projects</LinkButton>}
        >
          Choose the project that you want to send to.
        </EmptyState>
      </Page>
    );
  }
  return <Welcome key={project.id} project={project} />;
}

function Welcome({ project }: { project: Project }) {
  const visibility = useShown();
  const details = useLoaded(
    (signal) => api.get<ProjectInfo>(`/v1/projects/${segment(project.slug)}`, { signal }),
    [project.slug],
  );
  return (
    <Page
      title={`Send errors to ${project.name}`}
      about="Run one of these, and the first event is here within seconds."
      actions={<LinkButton href={href("/issues")}>To the errors</LinkButton>}
      narrow
    >
      <FirstEvent project={project} />
      <Panel title="Choose how">
        <Loaded from={details} skeleton={<Waiting />}>
          {(found) => <Snippets apiKey={found.api_key ?? null} {...visibility} />}
        </Loaded>
      </Panel>
    </Page>
  );
}

/** Waits for the first event, and then leads to it. */
function FirstEvent({ project }: { project: Project }) {
  const [found, setFound] = useState<IssueSummary | null>(null);
  const [trouble, setTrouble] = useState<string | null>(null);
  useEffect(
    () =>
      poll(async (signal) => {
        try {
          const first = await firstIssue(project.id, signal);
          setFound(first);
          setTrouble(null);
          return first !== null;
        } catch (error) {
          if (!isAbort(error)) setTrouble(messageOf(error));
          return false;
        }
      }, POLL_MS),
    [project.id],
  );
  if (found === null) {
    return (
      <div class="waiting" role="status">
        <span class="waiting-mark">
          <span class="pulse" />
        </span>
        <div>
          <h2>Waiting for the first event…</h2>
          <p class="quiet">
            {trouble === null ? "There is nothing to reload: this page sees it by itself." : `${trouble} Trying again…`}
          </p>
        </div>
      </div>
    );
  }
  return (
    <div class="waiting works" role="status">
      <span class="waiting-mark">
        <Icon name="check" />
      </span>
      <div>
        <h2>It works</h2>
        <p class="ellipsis">
          <bdi>{found.error_type}</bdi>: <bdi>{found.message}</bdi>
        </p>
      </div>
      <LinkButton kind="primary" href={href(`/issues/${encodeURIComponent(found.fingerprint)}`)}>
        See the error
      </LinkButton>
    </div>
  );
}

/** Return the newest error of a project, or null as long as there is none. */
async function firstIssue(projectId: string, signal: AbortSignal): Promise<IssueSummary | null> {
  const stats = await api.get<ProjectStats>("/v1/stats", { query: { project_id: projectId }, signal });
  if (stats.total_errors === 0) return null;
  const query = { project_id: projectId, group: "fingerprint", limit: 1 };
  const [newest] = await api.get<IssueSummary[]>("/v1/errors", { query, signal });
  return newest ?? null;
}

function Waiting() {
  return (
    <div class="stack" role="status" aria-label="Loading">
      <Skeleton height="2.125rem" />
      <Skeleton height="16rem" />
    </div>
  );
}
