import { useEffect, useRef, useState } from "preact/hooks";
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
  const root = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const timer = setTimeout(() => setAsked(text), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  const found = useLoaded((signal) => findMergeable(issue, asked, signal), [issue, asked]);
  const has = (list: readonly Mergeable[], one: Mergeable) =>
    list.some((known) => known.fingerprint === one.fingerprint);
  // What is both stays where it was found, so that the box that was ticked keeps the focus.
  const chosenBefore = chosen.filter((one) => !has(found.data ?? [], one));
  const toggle = (one: Mergeable, checked: boolean) =>
    onChange(checked ? [...chosen, one] : chosen.filter((known) => known.fingerprint !== one.fingerprint));
  return (
    <div class="stack" ref={root}>
      <Field
        label="Find errors"
        placeholder="Words, a fingerprint, or the link to an error"
        value={text}
        onInput={setText}
        autocomplete="off"
        autoFocus
      />
      {chosenBefore.length > 0 && (
        <fieldset class="merge-list" aria-label="Chosen">
          {chosenBefore.map((one) => (
            <Choice
              key={one.fingerprint}
              one={one}
              checked
              onChange={() => {
                toggle(one, false);
                root.current?.querySelector("input")?.focus();
              }}
            />
          ))}
        </fieldset>
      )}
      <div class="merge-found">
        <Loaded from={found} skeleton={<SkeletonRows rows={5} height="3.25rem" />}>
          {(all) =>
            all.length === 0 ? (
              <p class="quiet merge-none" role="status">
                No other error of this project is found by that.
              </p>
            ) : (
              <fieldset class="merge-list" aria-label="Found">
                {all.map((one) => (
                  <Choice
                    key={one.fingerprint}
                    one={one}
                    checked={has(chosen, one)}
                    onChange={(checked) => toggle(one, checked)}
                  />
                ))}
              </fieldset>
            )
          }
        </Loaded>
      </div>
    </div>
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
