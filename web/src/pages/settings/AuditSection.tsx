import { api } from "../../api/client";
import type { AuditEntry } from "../../api/types";
import { useLoaded } from "../../api/useLoaded";
import { query, setQuery } from "../../router";
import { projectLabel, projectOf, projects } from "../../session";
import { Button } from "../../ui/Button";
import { Select } from "../../ui/Field";
import { Panel } from "../../ui/Panel";
import { EmptyState } from "../../ui/States";
import { Time } from "../../ui/Time";
import { ACTIONS, actor, origin, tell } from "./auditWords";
import { LogOf } from "./LogOf";

const PAGE = 50;

/** Who did what, when and from where; the newest first. */
export default function AuditSection() {
  const action = query.value.get("action") ?? "";
  const of = query.value.get("of") ?? "";
  const first = useLoaded(
    (signal) =>
      api.page<AuditEntry>("/v1/admin/audit", {
        query: { action: action || null, project_id: of || null, limit: PAGE },
        signal,
      }),
    [action, of],
  );
  const isFiltered = action !== "" || of !== "";
  return (
    <Panel
      title="Audit log"
      about="Every act of administration, every sign-in, and every change of an error's status."
      flush
    >
      <div class="panel-head filters">
        <Select
          label="What"
          value={action}
          options={[{ value: "", label: "Everything" }, ...ACTIONS]}
          onChange={(value) => setQuery({ action: value })}
        />
        <Select
          label="Project"
          value={of}
          options={[
            { value: "", label: "All projects" },
            ...projects.value.map((known) => ({ value: known.slug, label: projectLabel(known) })),
          ]}
          onChange={(value) => setQuery({ of: value })}
        />
        <Button
          icon="refresh"
          label="Load anew"
          busy={first.loading && first.data !== undefined}
          onClick={first.reload}
        />
      </div>
      <LogOf
        label="Entries of the audit log"
        look="entries"
        from={first}
        nothing={
          <EmptyState
            icon="clock"
            title="Nothing of that kind"
            actions={
              isFiltered && <Button onClick={() => setQuery({ action: null, of: null })}>Show everything</Button>
            }
          >
            Nobody has done such a thing for as long as the log goes back.
          </EmptyState>
        }
      >
        {(entry) => <Entry entry={entry} />}
      </LogOf>
    </Panel>
  );
}

function Entry({ entry }: { entry: AuditEntry }) {
  const { before, target, after } = tell(entry);
  const project = projectName(entry.project_id);
  return (
    <>
      <p>
        <b>{actor(entry)}</b> {before}
        {target && " "}
        {target && <b>{target}</b>}
        {after}
      </p>
      <p class="quiet">
        {project && project !== target && <span>{project}</span>}
        <span>{origin(entry)}</span>
        <Time ms={entry.at} />
      </p>
    </>
  );
}

function projectName(id: string | null): string {
  if (id === null) return "";
  return projectOf(id)?.name ?? "a deleted project";
}
