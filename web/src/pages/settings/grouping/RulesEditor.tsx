import { useRef } from "preact/hooks";
import { count } from "../../../format";
import { Button } from "../../../ui/Button";
import { Select } from "../../../ui/Field";
import { useKeptFocus } from "../../../ui/keptFocus";
import { Panel } from "../../../ui/Panel";
import { TextField } from "../fields";
import {
  FIELDS,
  MAX_RULES,
  type MatchField,
  moved,
  newRule,
  type Pattern,
  PLACEHOLDERS,
  type RuleDraft,
} from "./grouping";

interface RulesEditorProps {
  rules: readonly RuleDraft[];
  /** What is wrong, by the place of the rule. */
  faults: Readonly<Record<number, string>>;
  /** How many of the events that were tried each of them decides about; null if they were not tried as they stand. */
  decided: readonly number[] | null;
  onChange: (rules: readonly RuleDraft[]) => void;
}

/** The rules in their order: the first that matches an event decides about it. */
export function RulesEditor({ rules, faults, decided, onChange }: RulesEditorProps) {
  const set = (index: number, changes: Partial<RuleDraft>) =>
    onChange(rules.map((rule, at) => (at === index ? { ...rule, ...changes } : rule)));
  const list = useRef<HTMLOListElement>(null);
  useKeptFocus(list);
  return (
    <Panel
      title="By rules"
      about="The first that matches an event makes its fingerprint, in place of its content. An event that brings a fingerprint of its own keeps it."
      actions={
        rules.length < MAX_RULES && (
          <Button icon="plus" onClick={() => onChange([...rules, newRule()])}>
            Add rule
          </Button>
        )
      }
      flush
    >
      {rules.length === 0 ? (
        <p class="panel-head quiet">
          There are none: all events are grouped by their content. A rule helps where that takes apart what belongs
          together, or joins what does not.
        </p>
      ) : (
        <ol ref={list} aria-label="Rules">
          {rules.map((rule, index) => (
            <li key={rule.key} class="grouping-rule">
              <RuleFields
                rule={rule}
                place={index + 1}
                fault={faults[index]}
                decided={decided?.[index] ?? null}
                set={(changes) => set(index, changes)}
              />
              <div class="rule-acts">
                <Button
                  size="small"
                  icon="chevron"
                  label={`Move rule ${index + 1} up`}
                  disabled={index === 0}
                  onClick={() => onChange(moved(rules, index, index - 1))}
                />
                <Button
                  size="small"
                  icon="chevron"
                  label={`Move rule ${index + 1} down`}
                  disabled={index === rules.length - 1}
                  onClick={() => onChange(moved(rules, index, index + 1))}
                />
                <Button
                  size="small"
                  icon="trash"
                  label={`Remove rule ${index + 1}`}
                  onClick={() => onChange(rules.filter((known) => known !== rule))}
                />
              </div>
            </li>
          ))}
        </ol>
      )}
      <Help />
    </Panel>
  );
}

interface RuleFieldsProps {
  rule: RuleDraft;
  /** From 1. */
  place: number;
  fault: string | undefined;
  decided: number | null;
  set: (changes: Partial<RuleDraft>) => void;
}

function RuleFields({ rule, place, fault, decided, set }: RuleFieldsProps) {
  const free = FIELDS.filter(({ value }) => rule.patterns.every((pattern) => pattern.field !== value));
  const setPattern = (at: number, changes: Partial<Pattern>) =>
    set({ patterns: rule.patterns.map((known, index) => (index === at ? { ...known, ...changes } : known)) });
  const next = free[0];
  return (
    <fieldset class="rule-fields">
      <legend>
        Rule {place}
        {decided !== null && <span class="quiet"> · decides about {count(decided, "event")}</span>}
      </legend>
      {rule.patterns.map((pattern, at) => (
        <div key={pattern.field} class="pattern">
          <Select<MatchField>
            label={`Field ${at + 1} of rule ${place}`}
            hideLabel
            value={pattern.field}
            options={FIELDS.filter(({ value }) => value === pattern.field || free.some((one) => one.value === value))}
            onChange={(field) => setPattern(at, { field })}
          />
          <span class="quiet">is</span>
          <TextField
            label={`Pattern ${at + 1} of rule ${place}`}
            hideLabel
            code
            value={pattern.text}
            onInput={(text) => setPattern(at, { text })}
            placeholder="*timeout*"
            maxLength={200}
            error={fault && pattern.text === "" ? fault : undefined}
          />
          <Button
            kind="quiet"
            icon="close"
            label={`Remove pattern ${at + 1} of rule ${place}`}
            disabled={rule.patterns.length === 1}
            onClick={() => set({ patterns: rule.patterns.filter((_, index) => index !== at) })}
          />
        </div>
      ))}
      {next && (
        <div class="row">
          <Button
            size="small"
            icon="plus"
            onClick={() => set({ patterns: [...rule.patterns, { field: next.value, text: "" }] })}
          >
            And also
          </Button>
        </div>
      )}
      <TextField
        label={`Fingerprint by rule ${place}`}
        code
        value={rule.template}
        onInput={(template) => set({ template })}
        placeholder="payments time out in {{route}}"
        maxLength={500}
        error={fault && rule.patterns.every(({ text }) => text !== "") ? fault : undefined}
      />
      <div class="row placeholders">
        {PLACEHOLDERS.map(({ name, about }) => (
          <Button
            key={name}
            size="small"
            kind="quiet"
            label={`Add {{${name}}}, ${about}`}
            onClick={() => set({ template: `${rule.template}{{${name}}}` })}
          >
            <code>{`{{${name}}}`}</code>
          </Button>
        ))}
      </div>
    </fieldset>
  );
}

function Help() {
  return (
    <p class="panel-foot quiet">
      In a pattern <code>*</code> stands for any characters, also none; case does not matter, and the pattern is for the
      whole text. A fingerprint that is <code>{"{{default}}"}</code> alone leaves an event as it is, which makes an
      exception before a rule that takes much. Events that a rule takes over begin a new error.
    </p>
  );
}
