import { api, segment } from "../../../api/client";
import type { Facets, SourceMapInfo } from "../../../api/types";
import { useLoaded } from "../../../api/useLoaded";
import { project as currentProject, type Project } from "../../../session";
import "../../../styles/pages/sourcemaps.css";
import { isForbidden, NoProject, NotYours } from "../ofProject";
import { Explain } from "./Explain";
import { FromCi } from "./FromCi";
import { MapList } from "./MapList";
import { Upload } from "./Upload";

/** The source maps of the project that the address names. */
export default function SourceMapsSection() {
  const project = currentProject.value;
  if (project === null) {
    return <NoProject icon="map">Source maps belong to one project. Choose it in the navigation.</NoProject>;
  }
  return <Maps key={project.id} project={project} />;
}

function Maps({ project }: { project: Project }) {
  const maps = useLoaded(
    (signal) => api.get<SourceMapInfo[]>(`/v1/projects/${segment(project.slug)}/sourcemaps`, { signal }),
    [project.id],
  );
  const facets = useLoaded(
    (signal) => api.get<Facets>("/v1/facets", { query: { project_id: project.id, limit: 200 }, signal }),
    [project.id],
  );
  if (isForbidden(maps.error)) {
    return (
      <NotYours icon="map">
        The source maps of {project.name} are for its owner and for administrators, and for tokens of the build. You can
        choose another project in the navigation.
      </NotYours>
    );
  }
  // Those that apps name come first: a map is of use for them alone.
  const named = (facets.data?.releases ?? []).map((known) => known.value);
  const releases = [...new Set([...named, ...(maps.data ?? []).map((map) => map.release)])];
  return (
    <>
      <Upload project={project} releases={releases} onUploaded={maps.reload} />
      <MapList project={project} from={maps} />
      <Explain project={project} releases={releases} />
      <FromCi project={project} release={releases[0] ?? "1.4.0"} />
    </>
  );
}
