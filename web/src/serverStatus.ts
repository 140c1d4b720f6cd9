/** How the server is, asked for once for all parts of a page that show it. */

import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { api, isAbort } from "./api/client";
import type { ServerStatus } from "./api/types";
import { poll } from "./polling";

const EVERY_MS = 10_000;

/** What was told last; null before that. */
export const serverStatus = signal<ServerStatus | null>(null);
/** Whether the last question was answered: what is known is old if not. */
export const isServerAnswering = signal(true);

let watchers = 0;
let stop = (): void => {};

/** Keep `serverStatus` current for as long as a component is on the page, and the page is seen. */
export function useServerStatus(): void {
  useEffect(() => {
    watchers += 1;
    if (watchers === 1) stop = poll(ask, EVERY_MS);
    return () => {
      watchers -= 1;
      if (watchers === 0) stop();
    };
  }, []);
}

async function ask(signal: AbortSignal): Promise<boolean> {
  try {
    serverStatus.value = await api.get<ServerStatus>("/v1/server", { signal });
    isServerAnswering.value = true;
  } catch (error) {
    if (!isAbort(error)) isServerAnswering.value = false;
  }
  return false;
}
