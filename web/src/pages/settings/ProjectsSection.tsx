import { useState } from "preact/hooks";
import { api } from "../../api/client";
import type { ProjectInfo } from "../../api/types";
import { useLoaded } from "../../api/useLoaded";
import { go, href } from "../../router";
import { Button } from "../../ui/Button";
import { Icon } from "../../ui/Icon";
import { Menu, type MenuItem } from "../../ui/Menu";
import { Panel } from "../../ui/Panel";
import { Loaded, SkeletonRows } from "../../ui/States";
import { Table } from "../../ui/Table";
import { Time } from "../../ui/Time";
import { mayChange, useOwners } from "./owners";
import { CreateProjectDialog, DeleteProjectDialog, RenameProjectDialog, RotateKeyDialog } from "./projectDialogs";

type Act = "rename" | "rotate" | "delete";

/** All projects, and what can be done with them. */
export default function ProjectsSection() {
  const all = useLoaded((signal) => api.get<ProjectInfo[]>("/v1/projects", { signal }), []);
  const [isCreating, setCreating] = useState(false);
  const [act, setAct] = useState<{ act: Act; project: ProjectInfo } | null>(null);
  const close = () => {
    setAct(null);
    all.reload();
  };
  return (
    <>
      <Panel
        title="Projects"
        about="Each app or service has one, with a key that signs what it sends."
        actions={
          <Button kind="primary" icon="plus" onClick={() => setCreating(true)}>
            Create project
          </Button>
        }
        flush
      >
        <Loaded from={all} skeleton={<SkeletonRows rows={3} height="3.5rem" />}>
          {(rows) => <ProjectTable rows={rows} onAct={(wanted, project) => setAct({ act: wanted, project })} />}
        </Loaded>
      </Panel>
      {isCreating && <CreateProjectDialog onClose={() => setCreating(false)} />}
      {act?.act === "rename" && <RenameProjectDialog project={act.project} onClose={close} onDone={close} />}
      {act?.act === "rotate" && <RotateKeyDialog project={act.project} onClose={close} onDone={close} />}
      {act?.act === "delete" && <DeleteProjectDialog project={act.project} onClose={close} />}
    </>
  );
}

function ProjectTable({ rows, onAct }: { rows: ProjectInfo[]; onAct: (act: Act, project: ProjectInfo) => void }) {
  const owner = useOwners();
  function itemsFor(project: ProjectInfo): MenuItem[] {
    const open = () => go(detailOf(project));
    const items: MenuItem[] = [{ label: "Key and snippets", icon: "key", run: open }];
    if (!mayChange(project.created_by)) return items;
    items.push(
      { label: "Rename…", icon: "doc", run: () => onAct("rename", project) },
      { label: "New key…", icon: "refresh", run: () => onAct("rotate", project) },
    );
    if (project.id === "default") return items;
    return [
      ...items,
      { label: "Delete…", icon: "trash", danger: true, apart: true, run: () => onAct("delete", project) },
    ];
  }
  return (
    <Table
      caption="Projects"
      rows={rows}
      rowKey={(project) => project.id}
      columns={[
        {
          title: "Project",
          heading: true,
          cell: (project) => <a href={detailOf(project)}>{project.name}</a>,
        },
        { title: "Slug", cell: (project) => <code>{project.slug}</code> },
        { title: "Owner", cell: (project) => owner(project.created_by) },
        { title: "Created", cell: (project) => <Time secs={project.created_at} /> },
        {
          title: "Acts",
          hideTitle: true,
          corner: true,
          number: true,
          cell: (project) => (
            <Menu
              label={`More for ${project.name}`}
              title="More"
              align="end"
              buttonClass="button quiet small icon-alone"
              items={itemsFor(project)}
            >
              <Icon name="dots" />
            </Menu>
          ),
        },
      ]}
    />
  );
}

function detailOf(project: ProjectInfo): string {
  return href(`/settings/projects/${encodeURIComponent(project.slug)}`);
}
