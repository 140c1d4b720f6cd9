import { useRef, useState } from "preact/hooks";
import { api } from "../../../api/client";
import type { AlertRule, Facets } from "../../../api/types";
import { useLoaded } from "../../../api/useLoaded";
import { errorsOf, useSubmission } from "../../../forms";
import { href } from "../../../router";
import { projectLabel, projects } from "../../../session";
import { Button, LinkButton } from "../../../ui/Button";
import { FormError, Select } from "../../../ui/Field";
import { Panel } from "../../../ui/Panel";
import { Choice, focusFirstFault, TextField } from "../fields";
import { UndoChanges, useUnsaved } from "../leaving";
import { ConfigFields } from "./ConfigFields";
import { type Faults, faultsOf, REFUSALS } from "./checking";
import { FilterFields } from "./FilterFields";
import { Preview } from "./Preview";
import type { Rights } from "./rights";
import { type Draft, type FieldName, inputOf, isKnown, TYPES } from "./rules";
import { useDryRun } from "./useDryRun";

const ALL = "*";

interface RuleFormProps {
  /** What stands in it at first. */
  initial: Draft;
  /** The rule that is changed; null for a new one. */
  rule: AlertRule | null;
  rights: Rights;
  /** Called with what was sent and answered. */
  onSaved: (rule: AlertRule) => void;
}

/** A rule as a form, with what it would have fired beside it. */
export function RuleForm({ initial, rule, rights, onSaved }: RuleFormProps) {
  const element = useRef<HTMLFormElement>(null);
  const [start, setStart] = useState(initial);
  const [draft, setDraft] = useState(initial);
  const [left, setLeft] = useState<readonly FieldName[]>([]);
  const [isTried, setTried] = useState(false);
  const form = useSubmission<FieldName>(REFUSALS);
  const isChanged = JSON.stringify(draft) !== JSON.stringify(start);
  const isYours = rights.may(draft.project);
  const question = useUnsaved(isChanged && isYours);

  const facets = useLoaded(
    (signal) => api.get<Facets>("/v1/facets", { query: { project_id: draft.project, limit: 200 }, signal }),
    [draft.project],
  );
  const found = faultsOf(draft);
  const isReady = Object.keys(found).length === 0 && isKnown(draft.type);
  const trial = useDryRun(
    isReady ? { ...inputOf({ ...draft, description: "" }), name: "Preview", project_id: draft.project } : null,
  );

  const all: Faults = draft.name.trim() ? found : { ...found, name: "Give the rule a name: its alerts begin with it." };
  const shown = Object.fromEntries(
    Object.entries(all).filter(([field]) => isTried || left.includes(field as FieldName)),
  );
  const refused = trial.error === undefined ? {} : errorsOf(trial.error, REFUSALS);
  const faults: Faults = { ...refused, ...form.errors, ...shown };
  const part = {
    draft,
    change: (changes: Partial<Draft>) => {
      form.fail({});
      setDraft((before) => ({ ...before, ...changes }));
    },
    faults,
    leave: (field: FieldName) => setLeft((before) => (before.includes(field) ? before : [...before, field])),
    facets: facets.data,
  };

  async function save(): Promise<void> {
    setTried(true);
    focusFirstFault(element.current);
    if (Object.keys(all).length > 0) return;
    await form.submit(async () => {
      const given = inputOf(draft);
      const saved =
        rule === null
          ? await api.post<AlertRule>("/v1/alerts", { ...given, project_id: draft.project })
          : await api.put<AlertRule>(`/v1/alerts/${rule.id}`, given);
      setStart(draft);
      setTried(false);
      onSaved(saved);
    });
    focusFirstFault(element.current);
  }

  return (
    <>
      <form
        ref={element}
        class="rule-form"
        data-unsaved={isChanged || undefined}
        noValidate
        aria-label={rule === null ? "New rule" : `The rule ${rule.name}`}
        onSubmit={(event) => {
          event.preventDefault();
          if (isYours) void save();
        }}
      >
        <Panel title={rule === null ? "New rule" : "What it watches for"}>
          <fieldset disabled={!isYours} class="stack">
            <TextField
              label="Name"
              value={draft.name}
              onInput={(name) => part.change({ name })}
              error={faults.name}
              placeholder="Checkout is failing"
              maxLength={200}
            />
            <Scope draft={draft} change={part.change} rule={rule} rights={rights} error={faults.project} />
            {isKnown(draft.type) ? (
              <Choice
                legend="Fire for"
                options={TYPES}
                value={draft.type}
                onChange={(type) => part.change({ type })}
                disabled={!isYours}
              />
            ) : (
              <Unknown type={draft.type} rule={rule} />
            )}
            {faults.type && <p class="note bad">{faults.type}</p>}
            <ConfigFields {...part} />
            <FilterFields {...part} />
            <TextField
              label="Description"
              lines={2}
              value={draft.description}
              onInput={(description) => part.change({ description })}
              error={faults.description}
              hint="For whoever gets the alert, or wonders why there is such a rule."
              maxLength={2_000}
            />
            <FormError>{form.errors.form}</FormError>
          </fieldset>
          {isYours && (
            <Foot isNew={rule === null} isChanged={isChanged} busy={form.busy} undo={() => part.change(start)} />
          )}
        </Panel>
        {isKnown(draft.type) && <Preview trial={trial} isReady={isReady} isOfAll={draft.project === null} />}
      </form>
      {question}
    </>
  );
}

interface FootProps {
  isNew: boolean;
  isChanged: boolean;
  busy: boolean;
  undo: () => void;
}

function Foot({ isNew, isChanged, busy, undo }: FootProps) {
  return (
    <div class="form-foot">
      {isNew && <LinkButton href={href("/settings/alerts")}>Cancel</LinkButton>}
      {!isNew && isChanged && <UndoChanges disabled={busy} undo={undo} />}
      <Button submit kind="primary" busy={busy} disabled={!isNew && !isChanged}>
        {isNew ? "Create rule" : "Save changes"}
      </Button>
    </div>
  );
}

interface ScopeProps {
  draft: Draft;
  change: (changes: Partial<Draft>) => void;
  rule: AlertRule | null;
  rights: Rights;
  error: string | undefined;
}

/** Whose errors it watches: chosen once, when the rule is made. */
function Scope({ draft, change, rule, rights, error }: ScopeProps) {
  if (rule !== null) return null;
  const own = projects.value.filter((known) => rights.may(known.id) || known.id === draft.project);
  return (
    <Select
      label="Watches"
      value={draft.project ?? ALL}
      options={[
        ...(rights.may(null) ? [{ value: ALL, label: "All projects" }] : []),
        ...own.map((known) => ({ value: known.id, label: projectLabel(known) })),
      ]}
      onChange={(value) => change({ project: value === ALL ? null : value })}
      error={error}
      hint={draft.project === null ? "Also projects that are yet to be created." : "This stays once the rule is made."}
    />
  );
}

/** A kind of rule that only a newer version of this page knows: it can be renamed and filtered, and stays what it is. */
function Unknown({ type, rule }: { type: string; rule: AlertRule | null }) {
  const config = Object.entries(rule?.config ?? {}).filter(([name]) => name !== "type");
  return (
    <div class="unknown-type">
      <p>
        It fires for <b>{type.replaceAll("_", " ")}</b>, which this page does not know. What follows stays as it is.
      </p>
      <dl class="facts">
        {config.map(([name, value]) => (
          <div key={name} class="contents">
            <dt>
              <code>{name}</code>
            </dt>
            <dd>
              <code>{JSON.stringify(value)}</code>
            </dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
