/** The one way to the server: JSON there, JSON back, and words for whatever goes wrong. */

import { learnTime } from "../clock";

/** How long an answer may take: then nobody looks at a form any more that seems to be sent. */
const PATIENCE_MS = 30_000;

export interface Options {
  /** Of the query; null and undefined are left out. */
  query?: Record<string, string | number | boolean | null | undefined>;
  /** Ends the request; its promise is then rejected with an AbortError. */
  signal?: AbortSignal | undefined;
  /** How long the answer may take, for the few that take longer than others. */
  patienceMs?: number;
}

/** A request that did not succeed; `message` is fit to be shown. */
export class Problem extends Error {
  override readonly name = "Problem";

  /** Status of the answer; 0 if there was none. */
  readonly status: number;
  /** Finds a bug in the server's log. */
  readonly requestId: string | null;

  constructor(message: string, status: number, requestId: string | null = null) {
    super(message);
    this.status = status;
    this.requestId = requestId;
  }
}

/**
 * The server's routes. Each call answers with the JSON of the answer, or is rejected with a `Problem`.
 *
 * When the session has ended, the page leaves for the sign-in page, and comes back here from there; but not while a
 * dialog is open, with what somebody has typed or must still copy, or something on the page is not saved.
 */
export const api = {
  get: <T>(path: string, options?: Options): Promise<T> => request<T>("GET", path, undefined, options),
  post: <T>(path: string, body?: unknown, options?: Options): Promise<T> => request<T>("POST", path, body, options),
  put: <T>(path: string, body?: unknown, options?: Options): Promise<T> => request<T>("PUT", path, body, options),
  delete: <T>(path: string, options?: Options): Promise<T> => request<T>("DELETE", path, undefined, options),
  /** A list that may go on: `next` is the path of what comes behind it. */
  page: async <T>(path: string, options: Options = {}): Promise<Rows<T>> => {
    const answer = await send("GET", withQuery(path, options.query), undefined, options);
    const { headers } = answer;
    const rows = await read<T[]>(path, answer, options);
    return { rows, next: nextPath(headers.get("link")), total: totalOf(headers) };
  },
};

export interface Rows<T> {
  rows: T[];
  next: string | null;
  /** How many there are altogether; null where the server does not say. */
  total: Total | null;
}

export interface Total {
  count: number;
  /** There may be more than were counted. */
  isCapped: boolean;
}

/** Escape one segment of a path: a slug, an id, a fingerprint. */
export function segment(value: string): string {
  return encodeURIComponent(value);
}

/** Return what to show of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Whether something was thrown only because nobody waits for it any more. */
export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}

async function request<T>(method: string, path: string, body: unknown, options: Options = {}): Promise<T> {
  return read<T>(path, await send(method, withQuery(path, options.query), body, options), options);
}

async function read<T>(path: string, answer: Response, { patienceMs }: Options): Promise<T> {
  if (answer.status === 204) return undefined as T;
  const text = await answer.text().catch((error: unknown) => {
    throw isAbort(error) ? error : unanswered(error, "The answer of the server was cut short.", patienceMs);
  });
  const json = parsed(text);
  if (answer.ok && json !== undefined) return json as T;
  const hasEnded = answer.status === 401 && path.startsWith("/v1/");
  const stays = hasEnded && document.querySelector("dialog[open] form, [data-unsaved]") !== null;
  if (hasEnded && !stays) leaveForSignIn();
  const words = stays ? SESSION_ENDED : problemText(answer, json);
  throw new Problem(words, answer.status, answer.headers.get("x-request-id"));
}

async function send(method: string, path: string, body: unknown, options: Options): Promise<Response> {
  const { signal, patienceMs = PATIENCE_MS } = options;
  const patience = AbortSignal.timeout(patienceMs);
  try {
    const answer = await fetch(path, {
      method,
      headers: body === undefined ? {} : { "content-type": "application/json" },
      body: body === undefined ? null : JSON.stringify(body),
      signal: signal ? AbortSignal.any([signal, patience]) : patience,
      credentials: "same-origin",
    });
    learnTime(answer.headers.get("date"));
    return answer;
  } catch (error) {
    if (isAbort(error)) throw error;
    throw unanswered(error, "The server cannot be reached. Check your connection, and whether it runs.", patienceMs);
  }
}

const SESSION_ENDED = "Your session has ended. Sign in again in another tab, then try once more: all is still here.";

function unanswered(error: unknown, words: string, patienceMs = PATIENCE_MS): Problem {
  const isLate = error instanceof DOMException && error.name === "TimeoutError";
  return new Problem(isLate ? `The server has not answered for ${patienceMs / 1000} seconds.` : words, 0);
}

function withQuery(path: string, query: Options["query"] = {}): string {
  const present = Object.entries(query).filter(([, value]) => value != null);
  const search = new URLSearchParams(present.map(([name, value]) => [name, String(value)])).toString();
  return search ? `${path}?${search}` : path;
}

function nextPath(link: string | null): string | null {
  return link?.match(/<([^>]+)>;\s*rel="next"/)?.[1] ?? null;
}

function totalOf(headers: Headers): Total | null {
  const count = headers.get("x-total-count");
  return count === null ? null : { count: Number(count), isCapped: headers.get("x-total-capped") === "true" };
}

/** Return what a text means as JSON; undefined if it is none. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function problemText(answer: Response, json: unknown): string {
  const wait = Number(answer.headers.get("retry-after"));
  const later = wait > 0 ? ` Try again in ${wait} ${wait === 1 ? "second" : "seconds"}.` : "";
  const said = json !== null && typeof json === "object" && "error" in json ? json.error : undefined;
  if (typeof said === "string" && said)
    return `${said.charAt(0).toUpperCase()}${said.slice(1)}.${later}`.replace("..", ".");
  if (answer.ok) return "The server answered with something that is no JSON: is a proxy in between?";
  return `The server answered with status ${answer.status}.${later}`;
}

let isLeaving = false;

/** Whether the page is on its way to the sign-in page, so that what is still asked gets no answer. */
export function isSigningIn(): boolean {
  return isLeaving;
}

/** Go to the sign-in page, which leads back here. Several answers may say so at once; another go would abort the first. */
function leaveForSignIn(): void {
  if (isLeaving) return;
  isLeaving = true;
  location.assign(`/auth/login?next=${encodeURIComponent(location.pathname + location.search)}`);
}
