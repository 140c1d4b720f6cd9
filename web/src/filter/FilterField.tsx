import { useEffect, useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import { full } from "../format";
import { useShortcuts } from "../keys";
import { Button } from "../ui/Button";
import { Icon } from "../ui/Icon";
import { Keys } from "../ui/Keys";
import {
  type Chip,
  draftOf,
  finished,
  formatChip,
  keyBeingSet,
  type Query,
  withValue,
  wordsWhileTyping,
} from "./query";
import { type Suggestion, suggest } from "./suggestions";
import { type FacetsKnown, useKnown } from "./useFacets";

/** While somebody types, the list follows after so short a pause. */
const PAUSE_MS = 40;

interface FilterFieldProps {
  facets: FacetsKnown;
  query: Query;
  /** Called with another query; `step`: it is worth a step back in the browser's history. */
  onChange: (query: Query, step: boolean) => void;
  /** The hours that were chosen on the chart, in words. */
  range: string | null;
  onRangeGone: () => void;
  /** Whether there is something to leave off. */
  isNarrowed: boolean;
  onReset: () => void;
}

/** The filter as chips and words in one field, with suggestions. What is typed acts at once. */
export function FilterField({ facets, query, onChange, range, onRangeGone, isNarrowed, onReset }: FilterFieldProps) {
  const typing = useTyping(query, onChange);
  const { text, input } = typing;
  const [isOpen, setOpen] = useState(false);
  const [chosen, setChosen] = useState(-1);
  const id = useId();
  const draft = draftOf(text);
  const known = useKnown(facets, isOpen ? keyBeingSet(draft.current) : null);
  const offered = isOpen ? suggest(draft, query, known) : [];
  const index = Math.min(chosen, offered.length - 1);
  const chips = query.chips.filter((chip) => chip.value !== "all");
  useShortcuts([{ keys: "/", label: "Filter", group: "Errors", run: () => input.current?.focus() }]);

  function take(suggestion: Suggestion | undefined): void {
    if (!suggestion) return;
    setChosen(-1);
    const { key, value } = suggestion.chip;
    if (value === null) typing.write([draft.words, `${key}:`].filter(Boolean).join(" "));
    else typing.settle(withValue(query, key, value), draft.words);
    input.current?.focus();
  }

  function remove(chip: Chip): void {
    onChange(withValue(query, chip.key, null), true);
    input.current?.focus();
  }

  function removeRange(): void {
    onRangeGone();
    input.current?.focus();
  }

  function reset(): void {
    onReset();
    input.current?.focus();
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    const step: Record<string, number> = { ArrowDown: 1, ArrowUp: -1 };
    const move = step[event.key];
    if (move !== undefined) {
      if (isOpen) setChosen(around(index, move, offered.length));
      setOpen(true);
    } else if (!keys(event)) return;
    event.preventDefault();
  }

  /** Return whether a key was of use. */
  function keys({ key, shiftKey }: KeyboardEvent): boolean {
    if (key === "Enter") accept();
    else if (key === "Tab") return !shiftKey && complete();
    else if (key === "Backspace") return removeLast();
    else if (key === "Escape" && isOpen) setOpen(false);
    else return false;
    return true;
  }

  /** Tab goes on to what comes next on the page, unless something was begun that can be completed. */
  function complete(): boolean {
    const offer = draft.current || index >= 0 ? offered[Math.max(0, index)] : undefined;
    take(offer);
    return offer !== undefined;
  }

  function removeLast(): boolean {
    const last = chips.at(-1);
    const isAtStart = input.current?.selectionStart === 0 && input.current.selectionEnd === 0;
    if (!isAtStart || !(range || last)) return false;
    if (range) onRangeGone();
    else if (last) remove(last);
    return true;
  }

  function accept(): void {
    if (index >= 0) {
      take(offered[index]);
      return;
    }
    typing.finish();
    setOpen(false);
  }

  return (
    <div class="filter-field-root">
      {/* biome-ignore lint/a11y/noStaticElementInteractions lint/a11y/useKeyWithClickEvents: a press beside the chips is one on the field */}
      <div
        class="filter-field"
        onClick={(event) => {
          if (event.target === event.currentTarget) input.current?.focus();
        }}
      >
        <Icon name="search" />
        {chips.map((chip) => (
          <ChipView key={chip.key} name={`${chip.key}:`} value={chip.value} onRemove={() => remove(chip)} />
        ))}
        {range && <ChipView name="active" value={range} onRemove={removeRange} />}
        <input
          ref={input}
          type="text"
          role="combobox"
          aria-label="Filter"
          aria-expanded={offered.length > 0}
          aria-controls={`${id}-list`}
          aria-autocomplete="list"
          aria-activedescendant={index >= 0 ? `${id}-${index}` : undefined}
          placeholder={chips.length > 0 || range ? " " : "Words, release:, env:, assignee:me …"}
          autocomplete="off"
          autocapitalize="none"
          autocorrect="off"
          spellcheck={false}
          maxLength={400}
          value={text}
          onInput={(event) => {
            typing.write(event.currentTarget.value);
            setOpen(true);
            setChosen(-1);
          }}
          onFocus={() => setOpen(true)}
          onBlur={() => {
            typing.finish();
            setOpen(false);
          }}
          onKeyDown={onKeyDown}
        />
        {isNarrowed ? (
          <Button kind="quiet" size="small" icon="close" label="Reset the filter" onClick={reset} />
        ) : (
          <Keys keys="/" />
        )}
      </div>
      <Offers id={id} offered={offered} index={index} onPoint={setChosen} onTake={take} />
    </div>
  );
}

interface Typing {
  text: string;
  input: { current: HTMLInputElement | null };
  /** Take what was typed; it acts after a short pause. */
  write: (text: string) => void;
  /** Nothing more comes: what was being typed counts as it is. */
  finish: () => void;
  /** Have another query, and these words in the field. */
  settle: (query: Query, words: string) => void;
}

/** The text of the field. It follows the address, which may change by going back, or by a saved view. */
function useTyping(query: Query, onChange: FilterFieldProps["onChange"]): Typing {
  const [text, setText] = useState(query.words);
  const input = useRef<HTMLInputElement>(null);
  const written = useRef(query.words);
  const latest = useRef({ query, text, onChange });
  latest.current = { query, text, onChange };
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  useLayoutEffect(() => {
    if (query.words === written.current) return;
    written.current = query.words;
    clearTimeout(timer.current);
    setText(query.words);
  }, [query.words]);

  function send(next: Query, step: boolean): void {
    clearTimeout(timer.current);
    written.current = next.words;
    if (step || next.words !== latest.current.query.words) latest.current.onChange(next, step);
  }

  function settle(next: Query, words: string): void {
    setText(words && `${words} `);
    send({ ...next, words }, true);
  }

  function write(next: string): void {
    const draft = draftOf(next);
    const words = wordsWhileTyping(draft);
    if (draft.chips.length > 0) {
      const rest = [draft.words, draft.current].filter(Boolean).join(" ");
      setText(rest && /\s$/.test(next) ? `${rest} ` : rest);
      send({ ...withChips(query, draft.chips), words }, true);
      return;
    }
    setText(next);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => send({ ...latest.current.query, words }, false), PAUSE_MS);
  }

  function finish(): void {
    const { chips, words } = finished(latest.current.text);
    setText(words);
    send({ ...withChips(latest.current.query, chips), words }, chips.length > 0);
  }

  return { text, input, write, finish, settle };
}

function withChips(query: Query, chips: readonly Chip[]): Query {
  return chips.reduce((made, { key, value }) => withValue(made, key, value), query);
}

interface ChipViewProps {
  name: string;
  value: string;
  onRemove: () => void;
}

function ChipView({ name, value, onRemove }: ChipViewProps) {
  return (
    <span class="filter-chip">
      <span class="quiet">{name}</span>
      <bdi class="ellipsis" title={value}>
        {value}
      </bdi>
      <button type="button" aria-label={`Remove ${name}${value}`} title="Remove" onClick={onRemove}>
        <Icon name="close" size={12} />
      </button>
    </span>
  );
}

interface OffersProps {
  id: string;
  offered: readonly Suggestion[];
  index: number;
  onPoint: (index: number) => void;
  onTake: (suggestion: Suggestion) => void;
}

function Offers({ id, offered, index, onPoint, onTake }: OffersProps) {
  return (
    <div
      id={`${id}-list`}
      role="listbox"
      aria-label="Suggestions"
      class="menu down start filter-offers"
      hidden={offered.length === 0}
    >
      {offered.map((offer, row) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: the keyboard works in the field above
        // biome-ignore lint/a11y/useFocusableInteractive: the field above keeps the focus and names the chosen one
        <div
          key={row}
          id={`${id}-${row}`}
          role="option"
          aria-selected={row === index}
          class="menu-item"
          onPointerMove={() => onPoint(row)}
          // The field keeps the focus.
          onPointerDown={(event) => event.preventDefault()}
          onClick={() => onTake(offer)}
        >
          <bdi class="ellipsis mono">{offer.chip.value === null ? `${offer.chip.key}:` : formatChip(offer.chip)}</bdi>
          {offer.about && <span class="quiet small nowrap">{offer.about}</span>}
          {offer.count !== undefined && <span class="quiet small nowrap">{full(offer.count)}</span>}
        </div>
      ))}
    </div>
  );
}

function around(index: number, move: number, length: number): number {
  if (length === 0) return -1;
  return index < 0 && move < 0 ? length - 1 : (index + move + length) % length;
}
