import { useState } from "preact/hooks";
import { api, messageOf, segment } from "../../../api/client";
import type { SourceMapInfo } from "../../../api/types";
import type { LoadedState } from "../../../api/useLoaded";
import { bytes, count } from "../../../format";
import { query, setQuery } from "../../../router";
import type { Project } from "../../../session";
import { Button } from "../../../ui/Button";
import { ConfirmDialog } from "../../../ui/Dialog";
import { Field } from "../../../ui/Field";
import { Icon } from "../../../ui/Icon";
import { Panel } from "../../../ui/Panel";
import { EmptyState, Loaded, SkeletonRows } from "../../../ui/States";
import { Table } from "../../../ui/Table";
import { Time } from "../../../ui/Time";
import { toast } from "../../../ui/Toast";
import { byRelease, type ReleaseOfMaps } from "./releases";
import { useUploaders } from "./uploaders";

/** Releases that are drawn at once, and maps of one of them. */
const PAGE = 50;

interface MapListProps {
  project: Project;
  from: LoadedState<SourceMapInfo[]>;
}

/** The maps that there are, by release. */
export function MapList({ project, from }: MapListProps) {
  const text = query.value.get("q") ?? "";
  return (
    <Panel
      title="Stored"
      about={from.data && from.data.length > 0 ? sumOf(from.data) : "What events of each release are mapped with."}
      flush
    >
      <Loaded from={from} skeleton={<SkeletonRows rows={3} height="3.25rem" />}>
        {(all) =>
          all.length === 0 ? (
            <EmptyState icon="map" title="No source maps yet">
              Upload those of a release, or have your build do it: the commands stand below. Until then, stacks of
              minified scripts stay as they came.
            </EmptyState>
          ) : (
            <Releases project={project} all={all} text={text} from={from} />
          )
        }
      </Loaded>
    </Panel>
  );
}

function sumOf(all: readonly SourceMapInfo[]): string {
  return `${count(all.length, "map")}, ${bytes(all.reduce((sum, map) => sum + map.size_bytes, 0))}`;
}

interface ReleasesProps {
  project: Project;
  all: readonly SourceMapInfo[];
  text: string;
  from: LoadedState<SourceMapInfo[]>;
}

function Releases({ project, all, text, from }: ReleasesProps) {
  const [shown, setShown] = useState(PAGE);
  const [deleting, setDeleting] = useState<ReleaseOfMaps | SourceMapInfo | null>(null);
  const uploader = useUploaders(project);
  const found = byRelease(all, text);
  const wanted = text.trim().toLowerCase();
  // All that the release has, also what the search leaves out.
  const whole = all.filter((map) => map.release === deleting?.release);

  async function remove(maps: readonly SourceMapInfo[], what: string): Promise<void> {
    let done = 0;
    try {
      for (const map of maps) {
        await api.delete(`/v1/projects/${segment(project.slug)}/sourcemaps/${segment(map.id)}`);
        done += 1;
      }
    } catch (error) {
      if (done === 0) throw error;
      throw new Error(`${done} of ${maps.length} are deleted. ${messageOf(error)}`);
    } finally {
      const gone = new Set(maps.slice(0, done).map((map) => map.id));
      from.change((now) => now.filter((map) => !gone.has(map.id)));
    }
    setDeleting(null);
    toast(`${what} is deleted.`);
  }

  return (
    <>
      <div class="panel-head filters">
        <Field
          label="Search"
          value={text}
          onInput={(value) => setQuery({ q: value })}
          placeholder="release, file or debug id"
          autocomplete="off"
        />
      </div>
      {found.length === 0 && (
        <EmptyState
          icon="search"
          title="Nothing is called that"
          actions={<Button onClick={() => setQuery({ q: null })}>Show all</Button>}
        >
          No release, file or debug id of the project has “{text}” in it.
        </EmptyState>
      )}
      <ul aria-label="Releases with source maps">
        {found.slice(0, shown).map((release) => (
          <Release
            key={release.release}
            release={release}
            isOpen={wanted !== "" && !release.release.toLowerCase().includes(wanted)}
            uploader={uploader}
            ask={setDeleting}
          />
        ))}
      </ul>
      {found.length > shown && (
        <div class="panel-foot">
          <Button onClick={() => setShown(shown + PAGE)}>Show more ({found.length - shown})</Button>
        </div>
      )}
      {deleting !== null && "maps" in deleting && (
        <ConfirmDialog
          title={`Delete all maps of ${deleting.release}?`}
          confirm={`Delete ${count(whole.length, "map")}`}
          typeName={deleting.release}
          onConfirm={() => remove(whole, `All of ${deleting.release}`)}
          onClose={() => setDeleting(null)}
        >
          Stacks of this release are shown as they came from then on. To have them mapped again, the maps have to be
          uploaded anew.
        </ConfirmDialog>
      )}
      {deleting !== null && !("maps" in deleting) && (
        <ConfirmDialog
          title="Delete this map?"
          confirm="Delete map"
          onConfirm={() => remove([deleting], deleting.filename)}
          onClose={() => setDeleting(null)}
        >
          Lines of{" "}
          <code>
            <bdi>{deleting.filename}</bdi>
          </code>{" "}
          in release <bdi>{deleting.release}</bdi> are shown as they came from then on.
        </ConfirmDialog>
      )}
    </>
  );
}

interface ReleaseProps {
  release: ReleaseOfMaps;
  /** Opened by itself, because what is searched for is in it. */
  isOpen: boolean;
  uploader: (by: string | null) => string;
  ask: (what: ReleaseOfMaps | SourceMapInfo) => void;
}

function Release({ release, isOpen, uploader, ask }: ReleaseProps) {
  const [isToggled, setToggled] = useState(false);
  const [shown, setShown] = useState(PAGE);
  const isShown = isOpen !== isToggled;
  return (
    <li class="release">
      <div class="release-head">
        <button type="button" class="release-name" aria-expanded={isShown} onClick={() => setToggled(!isToggled)}>
          <Icon name="chevron" size={14} />
          <bdi>{release.release}</bdi>
        </button>
        <span class="row quiet">
          <span>{count(release.maps.length, "map")}</span>
          <span>{bytes(release.size_bytes)}</span>
          <Time secs={release.uploaded_at} />
        </span>
        <Button
          size="small"
          label={`Delete all maps of ${release.release}`}
          title="Delete"
          onClick={() => ask(release)}
        >
          Delete…
        </Button>
      </div>
      {isShown && (
        <Table
          caption={`Maps of ${release.release}`}
          rows={release.maps.slice(0, shown)}
          rowKey={(map) => map.id}
          columns={[
            {
              title: "File",
              heading: true,
              cell: (map) => (
                <code>
                  <bdi>{map.filename}</bdi>
                </code>
              ),
            },
            {
              title: "Debug id",
              cell: (map) =>
                map.debug_id === null ? <span class="quiet">none</span> : <code class="small">{map.debug_id}</code>,
            },
            { title: "Size", number: true, cell: (map) => bytes(map.size_bytes) },
            { title: "Uploaded", cell: (map) => <Time secs={map.uploaded_at} /> },
            { title: "By", cell: (map) => <bdi>{uploader(map.uploaded_by)}</bdi> },
            {
              title: "Acts",
              hideTitle: true,
              corner: true,
              number: true,
              cell: (map) => (
                <Button
                  kind="quiet"
                  size="small"
                  icon="trash"
                  label={`Delete ${map.filename}`}
                  onClick={() => ask(map)}
                />
              ),
            },
          ]}
        />
      )}
      {isShown && release.maps.length > shown && (
        <div class="panel-foot">
          <Button size="small" onClick={() => setShown(shown + PAGE)}>
            Show more ({release.maps.length - shown})
          </Button>
        </div>
      )}
    </li>
  );
}
