/** TODO of its owner (H5): what the server tells as it happens; one connection for a page, closed while it is hidden. */
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";

/** `off`: the address names no project, or nobody listens. */
export type LiveState = "off" | "connecting" | "live" | "lost";

export const liveState = signal<LiveState>("off");

export interface LiveHandlers {
  [kind: string]: (data: never) => void;
}

/** Hear what happens in the project of the address for as long as a component is on the page. */
export function useLive(handlers: LiveHandlers): void {
  useEffect(() => void handlers, []);
}
