import { useEffect, useRef, useState } from "preact/hooks";
import { api, isAbort, segment } from "../../api/client";
import type { ErrorDetail, Occurrence, OccurrenceDetail, Sample } from "../../api/types";
import { useShortcuts } from "../../keys";
import type { IssueKey } from "../../triage/issue";
import { KeyCap } from "../../triage/KeyCap";
import { Icon } from "../../ui/Icon";
import { toastError } from "../../ui/Toast";
import { type Filters, showEvent } from "./occurrence";

type Way = "oldest" | "older" | "newer" | "newest";
/** Where each way leads: null is nowhere, and what is left out is not known yet. */
type Ways = Partial<Record<Way, number | null>>;

/** Load an event and the ways to others; without an id the newest that passes the filters, null if none does. */
export async function loadOne(
  issue: IssueKey,
  named: number | null,
  filters: Filters,
  signal?: AbortSignal,
): Promise<OccurrenceDetail | null> {
  const at = `/v1/errors/${segment(issue.fingerprint)}/occurrences`;
  const asked = { project_id: issue.project_id, ...filters };
  let id = named;
  if (id === null) {
    const [first] = await api.get<Occurrence[]>(at, { query: { ...asked, limit: 1 }, signal });
    if (!first) return null;
    id = first.id;
  }
  return api.get<OccurrenceDetail>(`${at}/${id}`, { query: asked, signal });
}

export function waysOf(event: OccurrenceDetail): Ways {
  const { newest, newer, older, oldest, id } = event;
  return { newer, older, newest: newest === id ? null : newest, oldest: oldest === id ? null : oldest };
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
}

/** The ways from an event to others, each with its key. */
export function WalkButtons({ issue, id, ways, filters }: WalkButtonsProps) {
  const [pulse, setPulse] = useState<Way | null>(null);
  const asking = useRef<AbortController | null>(null);
  useEffect(() => () => asking.current?.abort(), [id]);
  useEffect(() => {
    if (!pulse) return;
    const timer = setTimeout(() => setPulse(null), PULSE_MS);
    return () => clearTimeout(timer);
  }, [pulse]);

  async function walk(way: Way): Promise<void> {
    if (id === null) return;
    asking.current?.abort();
    asking.current = new AbortController();
    try {
      const known = ways[way];
      const target = known === undefined ? await find(way, id, asking.current.signal) : known;
      if (target !== null) showEvent(target);
    } catch (error) {
      if (!isAbort(error)) toastError(error);
    }
  }
  async function find(way: Way, from: number, signal: AbortSignal): Promise<number | null> {
    const event = await loadOne(issue, from, filters, signal);
    return (event && waysOf(event)[way]) ?? null;
  }
  useShortcuts(
    WAYS.map(({ way, label, key }) => ({
      keys: key,
      label: `${label} event`,
      group: "Issue",
      run: () => {
        setPulse(way);
        void walk(way);
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
          aria-label={`${label} event`}
          title={`${label} event`}
          onClick={() => void walk(way)}
        >
          <Icon name="back" size={14} />
          <span class="walk-word">{label}</span>
          {!isEnd && <KeyCap keys={key} />}
        </button>
      ))}
    </fieldset>
  );
}
