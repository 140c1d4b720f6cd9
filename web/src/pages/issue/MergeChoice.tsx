import { useEffect, useState } from "preact/hooks";
import { useLoaded } from "../../api/useLoaded";
import type { IssueKey } from "../../triage/issue";
import { Checkbox, Field } from "../../ui/Field";
import { Loaded, SkeletonRows } from "../../ui/States";
import { MergeText } from "./MergeText";
import { findMergeable, type Mergeable } from "./mergeSearch";

interface MergeChoiceProps {
  issue: IssueKey;
  chosen: readonly Mergeable[];
  onChange: (chosen: readonly Mergeable[]) => void;
}

/** So long nothing is typed before it is looked for. */
const PAUSE_MS = 150;

/** A search for issues, and those of them that are chosen. */
export function MergeChoice({ issue, chosen, onChange }: MergeChoiceProps) {
  const [text, setText] = useState("");
  const [asked, setAsked] = useState("");
  useEffect(() => {
    const timer = setTimeout(() => setAsked(text), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  const found = useLoaded((signal) => findMergeable(issue, asked, signal), [issue, asked]);
  const isChosen = (one: Mergeable) => chosen.some((known) => known.fingerprint === one.fingerprint);
  const toggle = (one: Mergeable, checked: boolean) =>
    onChange(checked ? [...chosen, one] : chosen.filter((known) => known.fingerprint !== one.fingerprint));
  return (
    <>
      <Field
        label="Find issues"
        placeholder="Words, a fingerprint, or the link to an issue"
        value={text}
        onInput={setText}
        autocomplete="off"
        autoFocus
      />
      {chosen.length > 0 && (
        <fieldset class="merge-list" aria-label="Chosen">
          {chosen.map((one) => (
            <Choice key={one.fingerprint} one={one} checked onChange={(checked) => toggle(one, checked)} />
          ))}
        </fieldset>
      )}
      <div class="merge-found">
        <Loaded from={found} skeleton={<SkeletonRows rows={5} height="3.25rem" />}>
          {(all) => {
            const others = all.filter((one) => !isChosen(one));
            return others.length === 0 ? (
              <p class="quiet merge-none" role="status">
                {all.length === 0 ? "No other issue of this project is found by that." : "All of them are chosen."}
              </p>
            ) : (
              <fieldset class="merge-list" aria-label="Found">
                {others.map((one) => (
                  <Choice
                    key={one.fingerprint}
                    one={one}
                    checked={false}
                    onChange={(checked) => toggle(one, checked)}
                  />
                ))}
              </fieldset>
            );
          }}
        </Loaded>
      </div>
    </>
  );
}

function Choice({
  one,
  checked,
  onChange,
}: {
  one: Mergeable;
  checked: boolean;
  onChange: (checked: boolean) => void;
}) {
  return <Checkbox label={<MergeText one={one} />} checked={checked} onChange={onChange} />;
}
