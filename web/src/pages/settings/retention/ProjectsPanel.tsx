import { useState } from "preact/hooks";
import { api } from "../../../api/client";
import type { RetentionInfo } from "../../../api/types";
import { bytes, count, full } from "../../../format";
import { useSubmission } from "../../../forms";
import { type Project, projectLabel, projects } from "../../../session";
import { Badge } from "../../../ui/Badge";
import { Button } from "../../../ui/Button";
import { FormDialog } from "../../../ui/Dialog";
import { Panel } from "../../../ui/Panel";
import { Table } from "../../../ui/Table";
import { toast } from "../../../ui/Toast";
import { AmountField } from "../AmountField";
import { TextField } from "../fields";
import { type ProjectDraft, projectDraft, projectFaults, projectInput } from "./retention";
import { SIZE_UNITS } from "./sizes";

interface Row {
  project: Project;
  events: number;
  bytes: number;
  /** Of its own; 0 if it follows all others. */
  days: number;
  max_bytes: number | null;
}

/** Each project: what it takes, and what it has of its own. Those that take most come first. */
export function ProjectsPanel({ info, onSaved }: { info: RetentionInfo; onSaved: () => void }) {
  const [changed, setChanged] = useState<Row | null>(null);
  const rows = rowsOf(info, projects.value);
  const most = Math.max(1, ...rows.map((row) => row.bytes));
  return (
    <Panel
      title="Project by project"
      about="A project may keep its single events longer or shorter, and have a budget."
      flush
    >
      <Table
        caption="Projects and what they take"
        rows={rows}
        rowKey={(row) => row.project.id}
        columns={[
          { title: "Project", heading: true, cell: (row) => <bdi>{projectLabel(row.project)}</bdi> },
          {
            title: "Takes",
            cell: (row) => (
              <span class="takes">
                <svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
                  <rect class="bar-ground" width="100" height="8" rx="2" />
                  <rect class="bar-part" width={Math.max(row.bytes ? 1 : 0, (row.bytes / most) * 100)} height="8" />
                </svg>
                <span class="nowrap">{bytes(row.bytes)}</span>
              </span>
            ),
          },
          { title: "Single events", number: true, cell: (row) => full(row.events) },
          {
            title: "Keeps them for",
            cell: (row) =>
              row.days ? (
                <Badge tone="accent">{count(row.days, "day")}</Badge>
              ) : (
                <span class="quiet">{count(info.global.raw_events_days, "day")}, as all</span>
              ),
          },
          {
            title: "Budget",
            cell: (row) =>
              row.max_bytes === null ? (
                <span class="quiet">none</span>
              ) : (
                <Badge tone={row.bytes > row.max_bytes ? "bad" : "accent"}>
                  {bytes(row.max_bytes)}
                  {row.bytes > row.max_bytes && ", exceeded"}
                </Badge>
              ),
          },
          {
            title: "Acts",
            hideTitle: true,
            corner: true,
            number: true,
            cell: (row) => (
              <Button
                size="small"
                label={`Change ${projectLabel(row.project)}`}
                title="Change"
                onClick={() => setChanged(row)}
              >
                Change…
              </Button>
            ),
          },
        ]}
      />
      {changed !== null && (
        <ProjectDialog
          row={changed}
          usualDays={info.global.raw_events_days}
          onClose={() => setChanged(null)}
          onSaved={() => {
            setChanged(null);
            toast(`It holds for ${changed.project.name} from the next purge on.`);
            onSaved();
          }}
        />
      )}
    </Panel>
  );
}

/** Return all projects with what they take and have of their own. Pure. */
function rowsOf(info: RetentionInfo, all: readonly Project[]): Row[] {
  return all
    .map((project) => {
      const stored = info.storage.by_project.find((known) => known.project_id === project.id);
      const own = info.per_project.find((known) => known.project_id === project.id);
      return {
        project,
        events: stored?.raw_events_count ?? 0,
        bytes: stored?.raw_events_bytes ?? 0,
        days: own?.raw_events_days ?? 0,
        max_bytes: own?.max_bytes ?? null,
      };
    })
    .sort((a, b) => b.bytes - a.bytes);
}

interface ProjectDialogProps {
  row: Row;
  usualDays: number;
  onClose: () => void;
  onSaved: () => void;
}

function ProjectDialog({ row, usualDays, onClose, onSaved }: ProjectDialogProps) {
  const [draft, setDraft] = useState<ProjectDraft>(() =>
    projectDraft({
      project_id: row.project.id,
      project_name: row.project.name,
      raw_events_days: row.days,
      max_bytes: row.max_bytes,
    }),
  );
  const form = useSubmission({ raw_events_days: /raw_events_days/i, max_bytes: /max_bytes/i });
  async function save(): Promise<void> {
    const faults = projectFaults(draft);
    if (Object.keys(faults).length > 0) return form.fail(faults);
    return form.submit(async () => {
      await api.put("/v1/admin/retention", { per_project: [projectInput(row.project.id, draft)] });
      onSaved();
    });
  }
  return (
    <FormDialog title={`Data of ${row.project.name}`} verb="Save" form={form} onClose={onClose} onSubmit={save}>
      <TextField
        label="Single events"
        unit="days"
        inputMode="numeric"
        placeholder={`${usualDays}, as all others`}
        value={draft.raw_events_days}
        onInput={(raw_events_days) => setDraft({ ...draft, raw_events_days })}
        error={form.errors.raw_events_days}
        hint="Empty: it follows what holds for all projects."
      />
      <AmountField
        label="Budget of its single events"
        value={draft.max_bytes}
        units={SIZE_UNITS}
        placeholder="no limit"
        onInput={(max_bytes) => setDraft({ ...draft, max_bytes })}
        error={form.errors.max_bytes}
        hint={`They take ${bytes(row.bytes)} now. Beyond the budget, the oldest go within half a minute.`}
      />
    </FormDialog>
  );
}
