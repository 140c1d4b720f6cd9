// biome-ignore-all lint/a11y/useSemanticElements: rows of a table cannot be windowed, nor become cards
import { useEffect, useRef, useState } from "preact/hooks";
import { nowMs } from "../../clock";
import type { Sort } from "../../filter/filter";
import { type Shortcut, useShortcuts } from "../../keys";
import { issueHref } from "../../links";
import { projectLabel, projectOf } from "../../session";
import { keyOf } from "../../triage/issue";
import { type RowsHandle, type Stretch, VirtualRows } from "../../ui/VirtualRows";
import { IssueRow } from "./IssueRow";
import { ListHead } from "./ListHead";
import type { Row } from "./paging";
import { allToggled, extended, NOTHING, type Selection, toggled } from "./selection";
import { useTrends } from "./trends";

/** Heights of a row, in rem: as a line of the table, and as a card. */
export const LINE_REM = 3.25;
export const CARD_REM = 5.75;
/** Narrower than this, rows are cards. */
const CARDS_REM = 40;
/** What lies over the list at its top: the bar, and the headings. */
const BAR_REM = 3;
const HEAD_REM = 2.125;
/** On a phone the places lie over the foot of the page. */
const FOOT_PX = 8;

interface IssueListProps {
  rows: readonly Row[];
  /** Return a row with all that is known of it; called for those that are drawn. */
  complete: (row: Row) => Row;
  /** How many there are altogether; -1 if nobody knows. */
  total: number;
  sort: Sort;
  /** Slug of the project; null: rows of all projects. */
  slug: string | null;
  /** Where the row stands that somebody is at. */
  at: number | null;
  onCurrent: (key: string) => void;
  /** The row takes the focus when this becomes another number. */
  focusTurn: number;
  onFocusTurn: () => void;
  selection: Selection;
  onSelection: (selection: Selection) => void;
  /** Whether an issue is shown beside the list. */
  isPeeking: boolean;
  onPeek: (row: Row | null) => void;
  onOpen: (row: Row) => void;
  onWindow: (seen: Stretch) => void;
}

/** The rows that are loaded, as a table on a desk and as cards in the hand, and all that the keyboard does with them. */
export function IssueList(props: IssueListProps) {
  const { rows, selection, at, onSelection, isPeeking } = props;
  const root = useRef<HTMLDivElement>(null);
  const handle = useRef<RowsHandle>(null);
  const [seen, setSeen] = useState<Stretch>({ first: 0, end: 0 });
  const { isCards, remPx } = useShape(root);
  const row = at === null ? undefined : rows[at];
  const projects = useRef(new Map<string, string>());
  projects.current.clear();

  // Whoever comes back to the list may have gone on to another row meanwhile; and a panel beside it changes its shape.
  useEffect(() => {
    if (props.focusTurn > 0 && at !== null) handle.current?.show(at);
  }, [props.focusTurn, isCards]);
  useTrends(props.slug, rows.slice(seen.first, seen.end));

  function go(index: number): void {
    const to = Math.max(0, Math.min(index, rows.length - 1));
    const row = rows[to];
    if (!row) return;
    props.onCurrent(keyOf(row));
    handle.current?.show(to);
    props.onFocusTurn();
    if (isPeeking) props.onPeek(row);
  }

  const order = () => rows.map(keyOf);
  const step = (by: number) => go(at === null ? seen.first : at + by);
  const page = Math.max(1, seen.end - seen.first - 2);
  const choose = (of: Row | undefined, isRange: boolean) => {
    if (!of) return;
    props.onCurrent(keyOf(of));
    onSelection(isRange ? extended(selection, order(), keyOf(of)) : toggled(selection, keyOf(of)));
  };
  const peek = () => row && props.onPeek(isPeeking ? null : row);
  const inList = (focused: Element) => focused === document.body || (root.current?.contains(focused) ?? false);
  const onRow = (focused: Element) => focused === document.body || focused.matches(".issue-row");
  const shortcut = (keys: string, label: string, run: () => void, only?: Shortcut["only"]): Shortcut => ({
    keys,
    label,
    group: "Errors",
    run,
    ...(only && { only }),
  });
  useShortcuts([
    shortcut("j", "Next error", () => step(1)),
    shortcut("k", "Previous error", () => step(-1)),
    shortcut("ArrowDown", "Next error", () => step(1), inList),
    shortcut("ArrowUp", "Previous error", () => step(-1), inList),
    shortcut("Enter", "Open the error", () => row && props.onOpen(row), onRow),
    shortcut("o", "Show the error beside the list", () => peek()),
    shortcut("Space", "Show the error beside the list", () => peek(), onRow),
    shortcut("x", "Select the error", () => choose(row, false)),
    shortcut("shift+x", "Select all up to the error", () => choose(row, true)),
    shortcut("mod+a", "Select all that are loaded", () => onSelection(allToggled(selection, order())), onRow),
    ...(selection.keys.size > 0 ? [shortcut("Escape", "Select nothing", () => onSelection(NOTHING))] : []),
  ]);

  /** Keys of every grid, which need no place in the list of shortcuts. */
  function onKeyDown(event: KeyboardEvent): void {
    const targets: Record<string, number> = {
      Home: 0,
      End: rows.length - 1,
      PageDown: (at ?? 0) + page,
      PageUp: (at ?? 0) - page,
    };
    const to = targets[event.key];
    if (to === undefined || event.altKey || event.shiftKey || !onRow(event.target as Element)) return;
    event.preventDefault();
    go(to);
  }

  function onPress(event: MouseEvent, pressed: Row): void {
    const isModified = event.metaKey || event.ctrlKey || event.button !== 0;
    if (isModified) return;
    if (event.shiftKey) {
      event.preventDefault();
      getSelection()?.removeAllRanges();
      choose(pressed, true);
      return;
    }
    props.onCurrent(keyOf(pressed));
    event.preventDefault();
    if (isPeeking) props.onPeek(pressed);
    else props.onOpen(pressed);
  }

  const rowPx = Math.round((isCards ? CARD_REM : LINE_REM) * remPx);
  const now = nowMs();
  return (
    <div
      ref={root}
      role="grid"
      aria-label="Errors"
      aria-multiselectable="true"
      aria-rowcount={props.total < 0 ? -1 : props.total + 1}
      tabIndex={-1}
      class={`issue-list${isCards ? " cards" : ""}${selection.keys.size > 0 ? " choosing" : ""}`}
      onKeyDown={onKeyDown}
    >
      <ListHead sort={props.sort} />
      <VirtualRows
        count={rows.length}
        rowPx={rowPx}
        keep={at}
        rowsRef={handle}
        coveredPx={{ top: (BAR_REM + (isCards ? 0 : HEAD_REM)) * remPx, foot: FOOT_PX }}
        onWindow={(stretch) => {
          setSeen(stretch);
          props.onWindow(stretch);
        }}
        row={(index, style) => {
          const own = rows[index];
          if (!own) return null;
          const key = keyOf(own);
          const isCurrent = index === (at ?? seen.first);
          return (
            <IssueRow
              key={key}
              row={props.complete(own)}
              index={index}
              style={style}
              href={issueHref(own)}
              projectName={props.slug === null ? nameOf(own, projects.current) : null}
              now={now}
              isCurrent={isCurrent}
              focusTurn={index === at && props.focusTurn > 0 ? props.focusTurn : null}
              isChosen={selection.isAll || selection.keys.has(key)}
              onChoose={(isRange) => choose(own, isRange)}
              onPress={(event) => onPress(event, own)}
              onFocus={() => props.onCurrent(key)}
            />
          );
        }}
      />
    </div>
  );
}

/** Whether rows are lines or cards, by the room there is; and the size of a rem, which people may have changed. */
function useShape(root: { current: HTMLDivElement | null }): { isCards: boolean; remPx: number } {
  const [shape, setShape] = useState(() => ({ isCards: innerWidth < 48 * rem(), remPx: rem() }));
  useEffect(() => {
    const watched = new ResizeObserver(() => {
      const remPx = rem();
      const isCards = (root.current?.clientWidth ?? 0) < CARDS_REM * remPx;
      setShape((before) => (before.isCards === isCards && before.remPx === remPx ? before : { isCards, remPx }));
    });
    if (root.current) watched.observe(root.current);
    return () => watched.disconnect();
  }, []);
  return shape;
}

function rem(): number {
  return Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || 16;
}

function nameOf(row: Row, known: Map<string, string>): string {
  const found = known.get(row.project_id);
  if (found !== undefined) return found;
  const project = projectOf(row.project_id);
  const name = project ? projectLabel(project) : "";
  known.set(row.project_id, name);
  return name;
}
