import { api, Problem, segment } from "../../../api/client";
import type { GroupingInfo } from "../../../api/types";
import { useLoaded } from "../../../api/useLoaded";
import { project as currentProject, type Project } from "../../../session";
import "../../../styles/pages/grouping.css";
import { Panel } from "../../../ui/Panel";
import { EmptyState, Loaded, SkeletonRows } from "../../../ui/States";
import { GroupingForm } from "./GroupingForm";

/** How the project that the address names groups its events. */
export default function GroupingSection() {
  const project = currentProject.value;
  if (project === null) {
    return (
      <Panel>
        <EmptyState icon="merge" title="No project is chosen">
          Each project groups its events in its own way. Choose one in the navigation.
        </EmptyState>
      </Panel>
    );
  }
  return <Grouping key={project.id} project={project} />;
}

function Grouping({ project }: { project: Project }) {
  const grouping = useLoaded(
    (signal) => api.get<GroupingInfo>(`/v1/projects/${segment(project.slug)}/grouping`, { signal }),
    [project.id],
  );
  if (grouping.error instanceof Problem && grouping.error.status === 403) {
    return (
      <Panel>
        <EmptyState icon="merge" title="Not yours to manage">
          How {project.name} groups its events is for its owner and for administrators. Why an error is grouped as it is
          stands on its page, for everybody.
        </EmptyState>
      </Panel>
    );
  }
  return (
    <Loaded from={grouping} skeleton={<Waiting />}>
      {(info) => <GroupingForm project={project} info={info} />}
    </Loaded>
  );
}

function Waiting() {
  return (
    <Panel title="How events are grouped">
      <SkeletonRows rows={4} height="4rem" />
    </Panel>
  );
}
