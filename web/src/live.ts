/**
 * What the server tells as it happens: one connection for the page, while somebody on it listens and somebody looks.
 *
 * A page that is hidden has none: browsers open six to a server at most. When it is seen again, it goes on after the
 * last message that it has had, or is told to read anew (`reset`).
 */

import { batch, computed, effect, signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { api } from "./api/client";
import { project } from "./session";

/** `off`: nobody listens or looks, or the address names no project. `lost`: it is tried again and again. */
export type LiveState = "off" | "connecting" | "live" | "lost";

export const liveState = signal<LiveState>("off");

/** Why nothing comes, when the state is `lost`. */
const lostBecause = signal("");

/** The state in words. */
export const liveWords = computed(() => {
  if (liveState.value === "live") return "Live";
  if (liveState.value === "connecting") return "Connecting…";
  if (liveState.value === "lost") return `Not live. ${lostBecause.value}`;
  return project.value ? "Not live" : "Not live: choose one project";
});

/** An issue that nobody has seen before. */
interface NewMessage {
  fingerprint: string;
  error_type: string;
  message: string;
  status: string;
  events: number;
  first_seen: number;
  last_seen: number;
}

/** A resolved issue that is back. */
type RegressedMessage = Omit<NewMessage, "first_seen">;

/** Issues with more events; there are `left_out` more that are not named. */
interface ChangedMessage {
  issues: readonly { fingerprint: string; events: number; last_seen: number }[];
  left_out: number;
}

export interface StatusMessage {
  fingerprint: string;
  old_status: string;
  new_status: string;
  changed_by: string | null;
  changed_by_name: string | null;
  changed_at: number;
}

/** Somebody has commented (`comment`) on an issue, or assigned it (`assigned`). */
interface ActivityMessage {
  fingerprint: string;
  kind: string;
  actor: string;
  actor_name: string;
  at: number;
}

/** Where the events of the project went since the server started. */
export interface CountersMessage {
  received: number;
  accepted: number;
  dropped: number;
  rejected: number;
  stored: number;
  duplicate: number;
  dead_lettered: number;
  lost: number;
  buffered: number;
}

/** Messages are missing: what was read before is to be read again. */
interface ResetMessage {
  reason: string;
}

export interface LiveHandlers {
  new?: (data: NewMessage) => void;
  regressed?: (data: RegressedMessage) => void;
  changed?: (data: ChangedMessage) => void;
  status?: (data: StatusMessage) => void;
  activity?: (data: ActivityMessage) => void;
  counters?: (data: CountersMessage) => void;
  reset?: (data: ResetMessage) => void;
}

type Kind = keyof LiveHandlers;
const KINDS: readonly Kind[] = ["new", "regressed", "changed", "status", "activity", "counters", "reset"];

/** After the first failure; each further one doubles it. */
const RETRY_MS = 2_000;
const LONGEST_RETRY_MS = 60_000;
/** From one page to the next the connection stays open. */
const LINGER_MS = 2_000;

type Listener = { readonly current: LiveHandlers };

const listeners = new Set<Listener>();
let source: EventSource | null = null;
let timer: ReturnType<typeof setTimeout> | undefined;
let lingering: ReturnType<typeof setTimeout> | undefined;
/** Id of the project whose messages come, or came last. */
let about: string | null = null;
let lastId = "";
let failures = 0;
/** Whether there has been a connection for this project, so that what comes next may be missing something. */
let wasOpen = false;
/** Of the newest attempt; what an older one still brings is of no interest. */
let attempt = 0;
let stopWatching: (() => void) | null = null;

/** Hear what happens in the project of the address for as long as a component is on the page. */
export function useLive(handlers: LiveHandlers): void {
  const current = useRef(handlers);
  current.current = handlers;
  useEffect(() => listen(current), []);
}

/** Hear what happens until the function that this returns is called. */
export function listen(listener: Listener): () => void {
  listeners.add(listener);
  clearTimeout(lingering);
  if (stopWatching === null) stopWatching = watch();
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearTimeout(lingering);
    lingering = setTimeout(() => {
      stopWatching?.();
      stopWatching = null;
    }, LINGER_MS);
  };
}

/** Have a connection whenever there is to be one, until the function that this returns is called. */
function watch(): () => void {
  const look = () => (document.hidden ? rest() : resume());
  const stop = effect(() => {
    const wanted = project.value?.id ?? null;
    if (wanted !== about) forget(wanted);
    look();
  });
  document.addEventListener("visibilitychange", look);
  addEventListener("online", hurry);
  return () => {
    stop();
    document.removeEventListener("visibilitychange", look);
    removeEventListener("online", hurry);
    forget(null);
  };
}

/** Close the connection, and know nothing of what it brought. */
function forget(next: string | null): void {
  rest();
  about = next;
  lastId = "";
  failures = 0;
  wasOpen = false;
}

function rest(): void {
  close();
  liveState.value = "off";
}

function close(): void {
  attempt += 1;
  clearTimeout(timer);
  timer = undefined;
  source?.close();
  source = null;
}

/** Begin to connect, unless that is under way. */
function resume(): void {
  if (about === null || document.hidden || source !== null || timer !== undefined) return;
  if (liveState.peek() !== "lost") liveState.value = "connecting";
  connect(about);
}

/** Do not wait for the next try: the network is back. */
function hurry(): void {
  if (timer === undefined) return;
  clearTimeout(timer);
  timer = undefined;
  resume();
}

function connect(id: string): void {
  close();
  const mine = attempt;
  let isOpen = false;
  const opened = new EventSource(streamPath(id));
  source = opened;
  opened.onopen = () => {
    isOpen = true;
    failures = 0;
    liveState.value = "live";
    // Without an id there is nothing to go on after.
    if (wasOpen && lastId === "") tell("reset", { reason: "unknown_id" });
    wasOpen = true;
  };
  opened.onerror = () => {
    if (mine !== attempt) return;
    close();
    // A stream that was there may end for any reason; the browser does not say why one never came.
    if (isOpen) again(RETRY_MS);
    else void explain(id, attempt);
  };
  for (const kind of KINDS) {
    opened.addEventListener(kind, (event: MessageEvent<string>) => {
      lastId = event.lastEventId || lastId;
      tell(kind, JSON.parse(event.data));
    });
  }
}

function streamPath(id: string): string {
  return `/v1/stream?${new URLSearchParams({ project_id: id, ...(lastId && { last_event_id: lastId }) })}`;
}

function tell(kind: Kind, data: unknown): void {
  batch(() => {
    for (const listener of [...listeners]) {
      try {
        (listener.current[kind] as ((data: unknown) => void) | undefined)?.(data);
      } catch (error) {
        reportError(error); // what one part of the page makes of it is no matter of the others
      }
    }
  });
}

/** Ask the same once more in a way that tells why there is no stream, say it, and try again later. */
async function explain(id: string, mine: number): Promise<void> {
  const controller = new AbortController();
  let words = "The server cannot be reached. Trying again…";
  let waitMs = Math.min(RETRY_MS * 2 ** failures, LONGEST_RETRY_MS);
  try {
    const answer = await fetch(streamPath(id), { signal: controller.signal, credentials: "same-origin" });
    if (answer.status === 401) {
      words = "Your session has ended.";
      await api.get("/v1/me").catch(() => {}); // leaves for the sign-in page, unless somebody is typing in a dialog
    } else if (answer.status === 503) words = "Too many pages are open at this server. Trying again…";
    else if (!answer.ok) words = `The server answers with status ${answer.status}. Trying again…`;
    waitMs = Math.max(waitMs, Number(answer.headers.get("retry-after")) * 1000 || 0);
    if (answer.ok) waitMs = RETRY_MS; // it can be had by now
  } catch {
    // The words for that are there already.
  }
  controller.abort();
  if (mine !== attempt) return;
  failures += 1;
  lostBecause.value = words;
  liveState.value = "lost";
  again(waitMs);
}

function again(waitMs: number): void {
  if (liveState.peek() === "live") liveState.value = "connecting";
  // Not all pages at once, when the server was away for all of them.
  const spread = waitMs * (1 + Math.random() / 4);
  timer = setTimeout(() => {
    timer = undefined;
    resume();
  }, spread);
}
