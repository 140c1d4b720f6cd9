import { api, segment } from "../../../api/client";
import type { GroupingInfo } from "../../../api/types";
import { useLoaded } from "../../../api/useLoaded";
import { project as currentProject, type Project } from "../../../session";
import "../../../styles/pages/grouping.css";
import { Panel } from "../../../ui/Panel";
import { Loaded, SkeletonRows } from "../../../ui/States";
import { isForbidden, NoProject, NotYours } from "../ofProject";
import { GroupingForm } from "./GroupingForm";

/** How the project that the address names groups its events. */
export default function GroupingSection() {
  const project = currentProject.value;
  if (project === null) {
    return (
      <NoProject icon="merge">Each project groups its events in its own way. Choose one in the navigation.</NoProject>
    );
  }
  return <Grouping key={project.id} project={project} />;
}

function Grouping({ project }: { project: Project }) {
  const grouping = useLoaded(
    (signal) => api.get<GroupingInfo>(`/v1/projects/${segment(project.slug)}/grouping`, { signal }),
    [project.id],
  );
  if (isForbidden(grouping.error)) {
    return (
      <NotYours icon="merge">
        How {project.name} groups its events is for its owner and for administrators. Why an error is grouped as it is
        stands on its page, for everybody.
      </NotYours>
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
