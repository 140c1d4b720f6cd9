import { useRef, useState } from "preact/hooks";
import { api, segment } from "../../../api/client";
import type { GroupingInfo, GroupingPreview } from "../../../api/types";
import { useSubmission } from "../../../forms";
import type { Project } from "../../../session";
import { Button } from "../../../ui/Button";
import { FormError } from "../../../ui/Field";
import { Panel } from "../../../ui/Panel";
import { Time } from "../../../ui/Time";
import { toast } from "../../../ui/Toast";
import { Choice, focusFirstFault } from "../fields";
import { UndoChanges, useUnsaved } from "../leaving";
import { draftOf, faultsOf, type GroupingDraft, inputOf, ruleFault } from "./grouping";
import { PreviewPanel } from "./PreviewPanel";
import { RulesEditor } from "./RulesEditor";

const VERSIONS = [
  {
    value: "1",
    label: "Version 1",
    about: "Takes numbers and UUIDs out of messages, and the first line of the stack that is not a framework's.",
  },
  {
    value: "2",
    label: "Version 2",
    about:
      "Also takes out times, addresses, tokens and ids, those of routes and types too, and tells frames from headers in the stacks of eleven languages.",
  },
] as const;

/** Version and rules of a project, tried on what is stored before they hold. */
export function GroupingForm({ project, info }: { project: Project; info: GroupingInfo }) {
  const element = useRef<HTMLDivElement>(null);
  const [stored, setStored] = useState(info);
  const [start, setStart] = useState<GroupingDraft>(() => draftOf(info));
  const [draft, setDraft] = useState(start);
  const [isTried, setTried] = useState(false);
  const [preview, setPreview] = useState<{ of: string; found: GroupingPreview } | null>(null);
  const saving = useSubmission({});
  const trying = useSubmission({});
  const given = JSON.stringify(inputOf(draft));
  const isChanged = given !== JSON.stringify(inputOf(start));
  const question = useUnsaved(isChanged);

  const found = faultsOf(draft.rules);
  const refused = ruleFault(saving.errors.form ?? trying.errors.form ?? "");
  const faults: Record<number, string> = {
    ...(refused && { [refused.index]: refused.fault }),
    ...(isTried ? found : {}),
  };
  const at = `/v1/projects/${segment(project.slug)}/grouping`;

  function change(changes: Partial<GroupingDraft>): void {
    saving.fail({});
    trying.fail({});
    setDraft((before) => ({ ...before, ...changes }));
  }

  /** Whether it can be sent as it stands; if not, the first fault has the focus. */
  function isInOrder(): boolean {
    const isFine = Object.keys(found).length === 0;
    setTried(!isFine);
    if (!isFine) focusFirstFault(element.current);
    return isFine;
  }

  async function tryOut(): Promise<void> {
    if (!isInOrder()) return;
    await trying.submit(async () => {
      setPreview({
        of: given,
        found: await api.post<GroupingPreview>(`${at}/preview`, { ...JSON.parse(given), events: 5_000 }),
      });
    });
  }

  async function save(): Promise<void> {
    if (!isInOrder()) return;
    await saving.submit(async () => {
      const saved = await api.put<GroupingInfo>(at, JSON.parse(given));
      setStored(saved);
      setStart(draft);
      toast("Events that come from now on are grouped like this.");
    });
  }

  return (
    <div class="stack" ref={element} data-unsaved={isChanged || undefined}>
      <Panel
        title={`How events of ${project.name} are grouped`}
        about={
          <>
            Holds for events that come from now on; what is stored stays where it is.
            {stored.updated_at !== null && (
              <>
                {" "}
                Changed <Time secs={stored.updated_at} />.
              </>
            )}
          </>
        }
      >
        <div class="stack">
          <Choice
            legend="By their content"
            options={VERSIONS}
            value={draft.version}
            onChange={(version) => change({ version })}
          />
          {draft.version !== start.version && (
            <p class="quiet">
              Errors do not split by this: an event whose fingerprint is new goes to the error that has its fingerprint
              of the other version. What version 2 would have joined from the start stays apart until you merge it.
            </p>
          )}
        </div>
      </Panel>
      <RulesEditor
        rules={draft.rules}
        faults={faults}
        decided={preview !== null && preview.of === given ? preview.found.rule_events : null}
        onChange={(rules) => change({ rules })}
      />
      <Panel
        title="Try it, then save"
        about="Groups the newest stored events once more, up to 5,000 of them. Nothing is changed by that."
      >
        <div class="stack">
          <FormError>{refused === null ? (saving.errors.form ?? trying.errors.form) : null}</FormError>
          {Object.keys(faults).length > 0 && (
            <p class="note bad" role="alert">
              Something is wrong with a rule: see above.
            </p>
          )}
          <div class="row">
            <Button icon="eye" busy={trying.busy} onClick={tryOut}>
              Preview
            </Button>
            <Button kind="primary" busy={saving.busy} disabled={!isChanged} onClick={save}>
              Save
            </Button>
            {isChanged && <UndoChanges disabled={saving.busy} undo={() => change(start)} />}
          </div>
          <div role="status">
            {preview !== null && <PreviewPanel found={preview.found} isOld={preview.of !== given} project={project} />}
          </div>
        </div>
      </Panel>
      {question}
    </div>
  );
}
