import { useEffect, useId, useRef, useState } from "preact/hooks";
import { api, messageOf } from "../../api/client";
import type { Assignee } from "../../api/types";
import { useLoaded } from "../../api/useLoaded";
import { me } from "../../session";
import "../../styles/pages/triage.css";
import { Icon } from "../../ui/Icon";

export interface AssigneeListProps {
  /** Who is chosen. */
  now: Assignee | null;
  choose: (to: Assignee | null) => void;
}

interface Choice {
  key: string;
  label: string;
  to: Assignee | null;
}

/** Whom something can be assigned to: oneself first, others by name, and nobody. Typing narrows it down. */
export default function AssigneeList({ now, choose }: AssigneeListProps) {
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const input = useRef<HTMLInputElement>(null);
  const id = useId();
  const people = useLoaded((signal) => api.get<Assignee[]>("/v1/assignees", { signal }), []);
  const found = choicesOf(people.data ?? [], me.value?.id ?? null, text);
  const index = Math.max(0, Math.min(at, found.length - 1));
  useEffect(() => input.current?.focus(), []);
  useEffect(() => {
    list.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }, [index]);

  function onKeyDown(event: KeyboardEvent): void {
    if (event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      setAt((index + step + found.length) % Math.max(1, found.length));
    } else if (event.key === "Enter") {
      event.preventDefault();
      const chosen = found[index];
      if (chosen) choose(chosen.to);
    }
  }

  return (
    <>
      <input
        ref={input}
        type="text"
        class="control"
        role="combobox"
        aria-label="Assign to"
        aria-expanded="true"
        aria-controls={`${id}-list`}
        aria-activedescendant={found.length > 0 ? `${id}-${index}` : undefined}
        placeholder="Find by name"
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
        value={text}
        onInput={(event) => {
          setText(event.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
      />
      <div ref={list} id={`${id}-list`} role="listbox" aria-label="People" class="assignees" tabIndex={-1}>
        {found.map((choice, row) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keyboard works in the field above
          // biome-ignore lint/a11y/useFocusableInteractive: the field above keeps the focus and names the chosen one
          <div
            key={choice.key}
            id={`${id}-${row}`}
            role="option"
            aria-selected={row === index}
            class="menu-item"
            onPointerMove={() => setAt(row)}
            onClick={() => choose(choice.to)}
          >
            <Icon name={choice.to ? "user" : "close"} />
            <bdi class="ellipsis">{choice.label}</bdi>
            {choice.to?.user_id === now?.user_id && (
              <>
                <Icon name="check" />
                <span class="unseen">now</span>
              </>
            )}
          </div>
        ))}
      </div>
      <p class="assignees-none quiet small" role="status">
        {people.data === undefined && people.error !== undefined && !people.loading
          ? `The people could not be loaded. ${messageOf(people.error)}`
          : found.length === 0 && !people.loading && "Nobody is called that."}
      </p>
    </>
  );
}

/** Return who is offered for what was typed. */
export function choicesOf(people: readonly Assignee[], ownId: string | null, text: string): Choice[] {
  const words = text.trim().toLowerCase();
  const choices = people.map((person) => ({
    key: person.user_id,
    label: person.user_id === ownId ? `${person.username} (you)` : person.username,
    to: person,
  }));
  const own = choices.filter((choice) => choice.key === ownId);
  const others = choices.filter((choice) => choice.key !== ownId);
  const all: Choice[] = [...own, { key: "", label: "Nobody", to: null }, ...others];
  return words === "" ? all : all.filter((choice) => choice.label.toLowerCase().includes(words));
}
