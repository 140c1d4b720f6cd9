import { useState } from "preact/hooks";
import type { Status } from "../../api/types";
import { nowMs } from "../../clock";
import { count } from "../../format";
import { useSubmission } from "../../forms";
import "../../styles/pages/triage.css";
import { FormDialog } from "../../ui/Dialog";
import { Checkbox, Field, Select } from "../../ui/Field";
import { changeStatus } from "../acts";
import type { Triaged } from "../issue";
import { ACTS, SPANS } from "../phrases";
import type { StatusInput } from "../statusInput";
import { ReleaseField } from "./ReleaseField";

export interface ActDialogProps {
  status: Status;
  issues: readonly Triaged[];
  run?: (given: StatusInput) => void;
  onClose: () => void;
}

/** What was typed, as it was typed. */
interface Typed {
  reason: string;
  where: "" | "current" | "next" | "named";
  release: string;
  span: string;
  until: string;
  events: string;
  users: string;
  nextRelease: boolean;
}

const NOTHING: Typed = {
  reason: "",
  where: "",
  release: "",
  span: "",
  until: "",
  events: "",
  users: "",
  nextRelease: false,
};
const DATE = "date";
const PLACES = [
  { value: "", label: "Everywhere: any new event brings it back" },
  { value: "current", label: "In the current release" },
  { value: "next", label: "In the next release" },
  { value: "named", label: "In a release of this name" },
] as const;
const SPAN_CHOICES = [
  { value: "", label: "No time" },
  ...SPANS.map(({ secs, label }) => ({ value: String(secs), label })),
  { value: DATE, label: "Until a date…" },
];

/** An act with what can be said of it: why, in which release, until when. */
export default function ActDialog({ status, issues, run, onClose }: ActDialogProps) {
  const [typed, setTyped] = useState<Typed>({ ...NOTHING, where: status === "resolved" ? "named" : "" });
  const form = useSubmission({ until: /^until/i, release: /release/i });
  const { verb } = ACTS[status];
  const set = (some: Partial<Typed>) => setTyped((before) => ({ ...before, ...some }));

  async function submit(): Promise<void> {
    const faults = faultsOf(status, typed);
    if (Object.keys(faults).length > 0) {
      form.fail(faults);
      return;
    }
    const given = inputOf(status, typed);
    if (run) {
      run(given);
      onClose();
      return;
    }
    await form.submit(async () => {
      let failure: unknown;
      await changeStatus(issues, given, (error) => {
        failure = error;
      });
      if (failure !== undefined) throw failure;
      onClose();
    });
  }

  return (
    <FormDialog
      title={`${verb} ${whatOf(issues, run !== undefined)}`}
      form={form}
      verb={verb}
      onSubmit={() => void submit()}
      onClose={onClose}
    >
      {status === "resolved" && <Where typed={typed} set={set} error={form.errors.release} issues={issues} />}
      {status === "muted" && <Ends typed={typed} set={set} errors={form.errors} />}
      <Field
        label="Reason (optional)"
        value={typed.reason}
        maxLength={1000}
        hint="It is shown in the timeline."
        onInput={(reason) => set({ reason })}
      />
    </FormDialog>
  );
}

/** Return what is acted on; with `isMore` there may be more of them than are known here. */
function whatOf(issues: readonly Triaged[], isMore: boolean): string {
  if (isMore) return "all that match";
  return issues.length > 1 ? count(issues.length, "error") : "this error";
}

interface PartProps {
  typed: Typed;
  set: (some: Partial<Typed>) => void;
}

function Where({ typed, set, error, issues }: PartProps & { error: string | undefined; issues: readonly Triaged[] }) {
  const [first] = issues;
  const isOneProject = issues.every((issue) => issue.project_id === first?.project_id);
  return (
    <>
      <Select
        label="Where it is fixed"
        value={typed.where}
        options={PLACES}
        error={typed.where === "named" ? null : error}
        onChange={(where) => set({ where })}
      />
      {typed.where === "named" && (
        <ReleaseField
          value={typed.release}
          projectId={isOneProject ? (first?.project_id ?? null) : null}
          error={error}
          onInput={(release) => set({ release })}
        />
      )}
    </>
  );
}

function Ends({ typed, set, errors }: PartProps & { errors: { until?: string } }) {
  return (
    <>
      <p class="quiet">The first of these that is met ends it. Without any, it stays muted.</p>
      <Select label="For" value={typed.span} options={SPAN_CHOICES} onChange={(span) => set({ span })} />
      {typed.span === DATE && (
        <DateField value={typed.until} error={errors.until} onInput={(until) => set({ until })} />
      )}
      <div class="two-fields">
        <Field label="More events" type="number" min={1} value={typed.events} onInput={(events) => set({ events })} />
        <Field label="More users" type="number" min={1} value={typed.users} onInput={(users) => set({ users })} />
      </div>
      <Checkbox
        label="With the next release"
        checked={typed.nextRelease}
        onChange={(nextRelease) => set({ nextRelease })}
      />
    </>
  );
}

function DateField(field: { value: string; error: string | undefined; onInput: (value: string) => void }) {
  return <Field {...field} label="Until" type={"datetime-local" as "text"} />;
}

/** Return what is wrong with what was typed, as far as it can be told here. */
export function faultsOf(status: Status, typed: Typed): { until?: string; release?: string; form?: string } {
  if (status === "resolved" && typed.where === "named" && !typed.release.trim()) {
    return { release: "Name the release, or choose where else it is fixed." };
  }
  if (status !== "muted") return {};
  if (typed.span === DATE && !(Date.parse(typed.until) > nowMs())) return { until: "Choose a time that lies ahead." };
  const isWrong = (value: string) => value !== "" && !(Number.isInteger(Number(value)) && Number(value) > 0);
  if (isWrong(typed.events) || isWrong(typed.users)) return { form: "Give whole numbers, from 1 on." };
  return {};
}

/** Return what was typed as the API takes it; what was left out is not there. */
export function inputOf(status: Status, typed: Typed): StatusInput {
  const reason = typed.reason.trim();
  const given: StatusInput = { status, ...(reason && { reason }) };
  if (status === "resolved" && typed.where !== "") {
    given.in_release = typed.where === "named" ? typed.release.trim() : typed.where;
  }
  if (status !== "muted") return given;
  if (typed.span === DATE) given.until = Date.parse(typed.until);
  else if (typed.span) given.for_secs = Number(typed.span);
  if (typed.events) given.until_count = Number(typed.events);
  if (typed.users) given.until_users = Number(typed.users);
  if (typed.nextRelease) given.until_next_release = true;
  return given;
}
