import { afterEach, beforeEach, vi } from "vitest";
import { acting } from "./acting";

/** A request as the server gets it. */
export interface Asked {
  method: string;
  path: string;
  body: unknown;
}

/** An answer that is not 200. */
export interface Refusal {
  status: number;
  error: string;
}

const refused = new WeakSet<object>();
const continued = new WeakMap<object, string>();
let unread = 0;

export function refusal(status: number, error: string): Refusal {
  const made = { status, error };
  refused.add(made);
  return made;
}

/** A list that goes on at `next`. */
export function pageOf<T>(rows: T[], next: string): T[] {
  continued.set(rows, next);
  return rows;
}

/**
 * Stands at the network: answers requests by their method and path, without the query, as `answers` says.
 *
 * What is not among them is a 404, as at the real server.
 */
export function serve(): { asked: Asked[]; answers: Record<string, unknown> } {
  const asked: Asked[] = [];
  const answers: Record<string, unknown> = {};
  beforeEach(() => {
    unread = 0;
    asked.length = 0;
    for (const name of Object.keys(answers)) delete answers[name];
    vi.stubGlobal("fetch", async (url: string, init: RequestInit) => {
      const method = String(init.method);
      asked.push({ method, path: url, body: JSON.parse(String(init.body ?? "null")) });
      const said = answers[`${method} ${url.split("?")[0]}`] ?? refusal(404, "not found");
      return tracked(Response.json(said, detailsOf(said)));
    });
  });
  afterEach(() => vi.unstubAllGlobals());
  return { asked, answers };
}

/** Do something, and wait until all that was asked of the server because of it is answered and drawn. */
export async function settled(something: () => unknown = () => {}): Promise<void> {
  await acting(something);
  do await acting(() => {});
  while (unread > 0);
}

function detailsOf(said: unknown): ResponseInit {
  if (typeof said !== "object" || said === null) return {};
  const next = continued.get(said);
  if (next !== undefined) return { headers: { link: `<${next}>; rel="next"` } };
  return refused.has(said) ? { status: (said as Refusal).status } : {};
}

function tracked(response: Response): Response {
  unread += 1;
  const read = response.text.bind(response);
  response.text = async () => {
    const text = await read();
    unread -= 1;
    return text;
  };
  return response;
}
