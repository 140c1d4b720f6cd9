import { useState } from "preact/hooks";
import { api, segment } from "../../api/client";
import type { ProjectInfo } from "../../api/types";
import { nowMs } from "../../clock";
import { useSubmission } from "../../forms";
import { go, href, path, query } from "../../router";
import { projects, reloadProjects, rememberProject } from "../../session";
import { ConfirmDialog, FormDialog } from "../../ui/Dialog";
import { Field, Select } from "../../ui/Field";
import { toast } from "../../ui/Toast";
import { MAX_SLUG_CHARS, proposeSlug } from "./slug";

const MAX_NAME_CHARS = 200;
const FIELDS = { slug: /slug/i, name: /^name\b/i };

interface ProjectDialogProps {
  project: ProjectInfo;
  onClose: () => void;
  /** Called with the project as it is now. */
  onDone: (project: ProjectInfo) => void;
}

/** Create a project; it opens with the snippets that send its first event. */
export function CreateProjectDialog({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState("");
  const [typedSlug, setTypedSlug] = useState<string | null>(null);
  const form = useSubmission(FIELDS);
  const taken = projects.value.map((known) => known.slug);
  const slug = typedSlug ?? proposeSlug(name, taken);

  async function create(): Promise<void> {
    if (!name.trim()) return form.fail({ name: "Give the project a name." });
    if (!slug) return form.fail({ slug: "Give the project a slug of a–z, 0–9 and hyphens." });
    return form.submit(async () => {
      const made = await api.post<ProjectInfo>("/v1/projects", { name: name.trim(), slug });
      await reloadProjects();
      rememberProject(made.slug);
      go(href("/welcome", { project: made.slug }));
      toast(`${made.name} is created.`);
    });
  }

  return (
    <FormDialog title="Create a project" verb="Create project" form={form} onClose={onClose} onSubmit={create}>
      <Field
        label="Name"
        value={name}
        onInput={setName}
        error={form.errors.name}
        hint="One for each app or service: it has its own key, errors and tokens."
        maxLength={MAX_NAME_CHARS}
        autocomplete="off"
        autoFocus
      />
      <Field
        label="Slug"
        value={slug}
        onInput={(value) => setTypedSlug(value === "" ? null : value)}
        error={form.errors.slug}
        hint="Stands in addresses and in calls of the API. It never changes."
        maxLength={MAX_SLUG_CHARS}
        autocomplete="off"
        code
      />
    </FormDialog>
  );
}

export function RenameProjectDialog({ project, onClose, onDone }: ProjectDialogProps) {
  const [name, setName] = useState(project.name);
  const form = useSubmission({ name: /^name\b/i });
  const rename = () =>
    form.submit(async () => {
      const renamed = await api.put<ProjectInfo>(`/v1/projects/${segment(project.slug)}`, { name: name.trim() });
      await reloadProjects();
      toast(`The project is called ${renamed.name} now.`);
      onDone(renamed);
    });
  return (
    <FormDialog title={`Rename ${project.name}`} verb="Rename" form={form} onClose={onClose} onSubmit={rename}>
      <Field
        label="Name"
        value={name}
        onInput={setName}
        error={form.errors.name}
        hint={`The slug ${project.slug} stays.`}
        maxLength={MAX_NAME_CHARS}
        autocomplete="off"
        autoFocus
      />
    </FormDialog>
  );
}

const GRACES = [
  { value: "0", label: "Ends at once", hours: 0 },
  { value: "1", label: "Goes on for 1 hour", hours: 1 },
  { value: "24", label: "Goes on for 24 hours", hours: 24 },
  { value: "168", label: "Goes on for 7 days", hours: 168 },
] as const;

type Grace = (typeof GRACES)[number]["value"];

export function RotateKeyDialog({ project, onClose, onDone }: ProjectDialogProps) {
  const [grace, setGrace] = useState<Grace>("24");
  const form = useSubmission({ grace: /grace/i });
  const hours = Number(grace);
  const rotate = () =>
    form.submit(async () => {
      const at = `/v1/projects/${segment(project.slug)}/rotate-key`;
      const rotated = await api.post<ProjectInfo>(at, { grace_hours: hours });
      toast(hours === 0 ? "There is a new key. The old one is worthless." : "There is a new key. The old one goes on.");
      onDone(rotated);
    });
  return (
    <FormDialog
      title={`New key for ${project.name}`}
      verb="Make a new key"
      kind={hours === 0 ? "danger" : "primary"}
      form={form}
      onClose={onClose}
      onSubmit={rotate}
    >
      <p>The project gets a fresh key at once. Every app that sends to it has to be given that key.</p>
      <Select
        label="The key it has now"
        options={GRACES}
        value={grace}
        onChange={setGrace}
        error={form.errors.grace}
        hint={consequence(hours)}
      />
    </FormDialog>
  );
}

/** Return what a grace period means for apps that have the old key. */
export function consequence(hours: number, atMs = nowMs()): string {
  if (hours === 0) {
    return "What apps send with it from now on is refused, and lost. Right if the key has leaked.";
  }
  const end = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
  const until = atMs + hours * 3_600_000;
  return `Apps that have it are heard until ${end.format(until)}. Keys before it end then, at the latest.`;
}

export function DeleteProjectDialog({ project, onClose }: Omit<ProjectDialogProps, "onDone">) {
  async function remove(): Promise<void> {
    await api.delete(`/v1/projects/${segment(project.slug)}`);
    await reloadProjects();
    toast(`${project.name} is deleted.`);
    onClose();
    const isHere = query.value.get("project") === project.slug;
    const rest = projects.value[0]?.slug;
    if (isHere && rest !== undefined) rememberProject(rest);
    const target = href("/settings/projects", isHere ? { project: rest } : {});
    go(target, { replace: path.value === "/settings/projects" });
  }
  return (
    <ConfirmDialog
      title={`Delete ${project.name}?`}
      confirm="Delete project"
      typeName={project.slug}
      onConfirm={remove}
      onClose={onClose}
    >
      Its errors, events and history are deleted, its key and its tokens are worthless at once. Nothing brings them
      back.
    </ConfirmDialog>
  );
}
