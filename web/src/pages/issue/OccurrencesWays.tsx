import { useEffect, useRef, useState } from "preact/hooks";
import { api, isAbort } from "../../api/client";
import type { ErrorDetail, OccurrenceDetail, Sample } from "../../api/types";
import { useShortcuts } from "../../keys";
import type { IssueKey } from "../../triage/issue";
import { KeyCap } from "../../triage/KeyCap";
import { Icon } from "../../ui/Icon";
import { toast, toastError } from "../../ui/Toast";
import { type Filters, showEvent } from "./occurrence";
import { findPage, pathOf, seek, type Way } from "./occurrencePages";

/** Where each way leads: null is nowhere, and what is left out is not known yet. */
type Ways = Partial<Record<Way, number | null | undefined>>;

/** What is told where there may be an event that passes the filters, further away than was looked. */
const GIVEN_UP = "None was found among very many events that do not pass the filters.";

/** Load an event and the ways to others; without an id the newest that passes the filters, null if none does. */
export async function loadOne(
  issue: IssueKey,
  named: number | null,
  filters: Filters,
  signal?: AbortSignal,
): Promise<OccurrenceDetail | null> {
  const at = pathOf(issue);
  const asked = { project_id: issue.project_id, ...filters };
  let id = named;
  if (id === null) {
    const { rows, next } = await findPage(at, { ...asked, limit: 1 }, signal);
    if (!rows[0] && next !== null) throw new Error(GIVEN_UP);
    if (!rows[0]) return null;
    id = rows[0].id;
  }
  return api.get<OccurrenceDetail>(`${at}/${id}`, { query: asked, signal });
}

export function waysOf(event: OccurrenceDetail): Ways {
  const { newest, newer, older, oldest, id } = event;
  // Where the server has given up looking, none is only none that is near.
  const known = (found: number | null, end: number | null) =>
    found ?? (event.search_capped && end !== id ? undefined : null);
  return {
    newer: known(newer, newest),
    older: known(older, oldest),
    newest: newest === id ? null : known(newest, newest),
    oldest: oldest === id ? null : known(oldest, oldest),
  };
}

/** Of the newest sample the next older one is known already, and that there is no newer one. */
export function waysOfSamples(detail: ErrorDetail, newest: Sample | null): Ways {
  const after = detail.samples.findIndex((sample) => sample.id === newest?.id);
  const older = detail.samples[after + 1]?.id;
  const hasNewer = after > 0;
  const isWhole = detail.issue.total_count === detail.samples.length;
  return {
    newer: hasNewer ? (detail.samples[after - 1]?.id ?? null) : null,
    newest: hasNewer ? (detail.samples[0]?.id ?? null) : null,
    ...(older !== undefined && { older }),
    ...(isWhole && { older: older ?? null, oldest: older === undefined ? null : (detail.samples.at(-1)?.id ?? null) }),
  };
}

const WAYS: readonly { way: Way; label: string; key: string; icon: "back" | "forth"; isEnd?: boolean }[] = [
  { way: "oldest", label: "Oldest", key: "shift+h", icon: "back", isEnd: true },
  { way: "older", label: "Older", key: "h", icon: "back" },
  { way: "newer", label: "Newer", key: "l", icon: "forth" },
  { way: "newest", label: "Newest", key: "shift+l", icon: "forth", isEnd: true },
];
const PULSE_MS = 160;

interface WalkButtonsProps {
  issue: IssueKey;
  id: number | null;
  ways: Ways;
  filters: Filters;
  /** The event that is shown is the last one, while the next is on its way. */
  isWaiting: boolean;
}

/** The ways from an event to others, each with its key. */
export function WalkButtons({ issue, id, ways, filters, isWaiting }: WalkButtonsProps) {
  const [pulse, setPulse] = useState<Way | null>(null);
  const [sought, setSought] = useState<Way | null>(null);
  const asking = useRef<AbortController | null>(null);
  const waiting = useRef<Way | null>(null);
  // What is looked for belongs to the event that is shown, and to the filters.
  useEffect(
    () => () => {
      asking.current?.abort();
      setSought(null);
    },
    [id, JSON.stringify(filters)],
  );
  useEffect(() => {
    if (!pulse) return;
    const timer = setTimeout(() => setPulse(null), PULSE_MS);
    return () => clearTimeout(timer);
  }, [pulse]);

  // Who presses faster than events come goes on from the one that was asked for.
  useEffect(() => {
    const way = waiting.current;
    if (isWaiting || way === null) return;
    waiting.current = null;
    void walk(way);
  }, [isWaiting]);

  function press(way: Way): void {
    if (isWaiting) waiting.current = way;
    else void walk(way);
  }
  async function walk(way: Way): Promise<void> {
    const known = ways[way];
    if (id === null || known === null) return;
    asking.current?.abort();
    asking.current = new AbortController();
    const { signal } = asking.current;
    setSought(known === undefined ? way : null);
    try {
      const target = known ?? (await find(way, id, signal));
      if (target !== null) showEvent(target);
    } catch (error) {
      if (!isAbort(error)) toastError(error);
    }
    if (!signal.aborted) setSought(null);
  }
  async function find(way: Way, from: number, signal: AbortSignal): Promise<number | null> {
    const event = await loadOne(issue, from, filters, signal);
    const known = event && waysOf(event)[way];
    if (!event || known !== undefined) return known ?? null;
    const found = await seek(issue, way, { id: from, at: event.received_at }, filters, signal);
    if (found.isCapped) toast(GIVEN_UP);
    return found.id;
  }
  useShortcuts(
    WAYS.map(({ way, label, key }) => ({
      keys: key,
      label: `${label} event`,
      group: "Error",
      run: () => {
        setPulse(way);
        press(way);
      },
    })),
  );
  return (
    <fieldset class="walk" aria-label="Other events">
      {WAYS.map(({ way, label, key, icon, isEnd }) => (
        <button
          key={way}
          type="button"
          class={`button plain small ${icon}${isEnd ? " end" : ""}${pulse === way ? " pressed" : ""}`}
          // Not `disabled`: at the last event the button keeps the focus.
          aria-disabled={id === null || ways[way] === null}
          aria-busy={sought === way || undefined}
          aria-label={`${label} event`}
          title={`${label} event`}
          onClick={() => press(way)}
        >
          <Icon name="back" size={14} />
          <span class="walk-word">{label}</span>
          {!isEnd && <KeyCap keys={key} />}
        </button>
      ))}
    </fieldset>
  );
}
