import { useEffect, useRef, useState } from "preact/hooks";
import { api, isAbort } from "../../../api/client";
import type { DryRun } from "../../../api/types";

/** For how long nobody has to type before a rule is tried. */
export const PAUSE_MS = 500;

export interface Trial {
  /** What came last; it stays while the next is on its way. */
  run: DryRun | undefined;
  error: unknown;
  busy: boolean;
  retry: () => void;
}

/**
 * Try a rule on what has happened, and again a moment after it was changed; null is none that could be tried.
 *
 * What was asked before is aborted, so that the server does not go on with it, and no old answer follows a newer one.
 */
export function useDryRun(given: object | null): Trial {
  const [state, setState] = useState<Omit<Trial, "retry">>({ run: undefined, error: undefined, busy: given !== null });
  const [turn, setTurn] = useState(0);
  const isFirst = useRef(true);
  const key = given === null ? null : JSON.stringify(given);
  useEffect(() => {
    if (key === null) {
      setState((before) => ({ ...before, busy: false }));
      return;
    }
    const ended = new AbortController();
    setState((before) => ({ ...before, busy: true }));
    const timer = setTimeout(
      () => {
        api.post<DryRun>("/v1/alerts/dry-run", JSON.parse(key), { signal: ended.signal }).then(
          (run) => setState({ run, error: undefined, busy: false }),
          (error: unknown) => {
            if (!isAbort(error)) setState({ run: undefined, error, busy: false });
          },
        );
      },
      isFirst.current ? 0 : PAUSE_MS,
    );
    isFirst.current = false;
    return () => {
      clearTimeout(timer);
      ended.abort();
    };
  }, [key, turn]);
  return { ...state, retry: () => setTurn((before) => before + 1) };
}
