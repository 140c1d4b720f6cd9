import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { api, Problem, segment } from "../../api/client";
import type { ProjectInfo } from "../../api/types";
import { type LoadedState, useLoaded } from "../../api/useLoaded";
import type { RouteProps } from "../../router";
import { href } from "../../router";
import { Badge } from "../../ui/Badge";
import { Button, LinkButton } from "../../ui/Button";
import { Icon } from "../../ui/Icon";
import { Panel } from "../../ui/Panel";
import { EmptyState, Loaded, Skeleton, SkeletonRows } from "../../ui/States";
import { Time } from "../../ui/Time";
import { mayChange, useOwners } from "./owners";
import { DeleteProjectDialog, RenameProjectDialog, RotateKeyDialog } from "./projectDialogs";
import { KeyField, useShown } from "./Secret";
import { Snippets } from "./Snippets";

/** One project: its key, the code that uses it, and what can be done with it. */
export default function ProjectSection({ params }: RouteProps) {
  const slug = params.name ?? "";
  const project = useLoaded((signal) => api.get<ProjectInfo>(`/v1/projects/${segment(slug)}`, { signal }), [slug]);
  const isGone = project.error instanceof Problem && project.error.status === 404;
  return (
    <>
      <p>
        <a class="crumb" href={href("/settings/projects")}>
          <Icon name="back" size={14} />
          All projects
        </a>
      </p>
      {isGone ? (
        <Panel>
          <EmptyState icon="search" title="There is no such project">
            It was deleted, or the address is mistyped: nothing here has the slug <code>{slug}</code>.
          </EmptyState>
        </Panel>
      ) : (
        <Loaded from={project} skeleton={<Waiting />}>
          {(found) => <Details key={found.id} project={found} from={project} />}
        </Loaded>
      )}
    </>
  );
}

function Details({ project, from }: { project: ProjectInfo; from: LoadedState<ProjectInfo> }) {
  const owner = useOwners();
  const visibility = useShown();
  const apiKey = project.api_key ?? null;
  return (
    <>
      <Panel
        title={project.name}
        actions={
          <LinkButton size="small" href={href("/issues", { project: project.slug })}>
            See its errors
          </LinkButton>
        }
      >
        <dl class="facts">
          <dt>Slug</dt>
          <dd>
            <code>{project.slug}</code>
          </dd>
          <dt>Owner</dt>
          <dd>{owner(project.created_by)}</dd>
          <dt>Created</dt>
          <dd>
            <Time secs={project.created_at} />
          </dd>
        </dl>
      </Panel>
      {apiKey !== null && (
        <Panel title="Key" about="Names the project and signs what its apps send. Keep it out of public repositories.">
          <KeyField apiKey={apiKey} {...visibility} />
        </Panel>
      )}
      <Panel
        title="Send errors to it"
        about={apiKey === null ? "The key is missing here." : "Ready to be pasted: what is copied has the key in it."}
      >
        <Snippets apiKey={apiKey} {...visibility} />
      </Panel>
      {mayChange(project.created_by) && <Acts project={project} from={from} />}
    </>
  );
}

function Acts({ project, from }: { project: ProjectInfo; from: LoadedState<ProjectInfo> }) {
  const [act, setAct] = useState<"rename" | "rotate" | "delete" | null>(null);
  const close = () => setAct(null);
  const dialog = {
    project,
    onClose: close,
    onDone: (changed: ProjectInfo) => {
      close();
      from.change(() => changed);
    },
  };
  const isDefault = project.id === "default";
  return (
    <Panel title="Change this project" flush>
      <ul class="acts">
        <Act title="Name" about="What people call it. The slug stays.">
          <Button onClick={() => setAct("rename")}>Rename…</Button>
        </Act>
        <Act title="New key" about="If the key has leaked, or when it is time. The old one can go on for a while.">
          <Button onClick={() => setAct("rotate")}>New key…</Button>
        </Act>
        <Act
          title="Delete"
          about={
            isDefault
              ? "This project takes what is sent without a key, so it stays."
              : "With all its errors, its key and its tokens. Nothing brings them back."
          }
        >
          {isDefault ? (
            <Badge>cannot be deleted</Badge>
          ) : (
            <Button kind="danger" onClick={() => setAct("delete")}>
              Delete…
            </Button>
          )}
        </Act>
      </ul>
      {act === "rename" && <RenameProjectDialog {...dialog} />}
      {act === "rotate" && <RotateKeyDialog {...dialog} />}
      {act === "delete" && <DeleteProjectDialog {...dialog} />}
    </Panel>
  );
}

function Act({ title, about, children }: { title: string; about: string; children: ComponentChildren }) {
  return (
    <li>
      <div>
        <h3>{title}</h3>
        <p class="quiet">{about}</p>
      </div>
      {children}
    </li>
  );
}

function Waiting() {
  return (
    <>
      <Panel title={<Skeleton width="10rem" />}>
        <SkeletonRows rows={3} height="1.75rem" />
      </Panel>
      <Panel title="Key">
        <Skeleton height="2.875rem" />
      </Panel>
    </>
  );
}
