import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { isAbort } from "./client";

export interface LoadedState<T> {
  /** What came last; it stays while the next is on its way, and when that fails. */
  data: T | undefined;
  error: unknown;
  loading: boolean;
  /** Ask again. */
  reload: () => void;
  /** Put something in place of what came, such as the outcome of a change that is still being made. */
  set: (data: T) => void;
}

/**
 * Load something when a component appears, and again when one of `inputs` changes.
 *
 * What was asked for before is aborted then, so that a slow answer never stands in the place of a newer one.
 * With other `inputs` the old data is gone at once: it belongs to something else.
 */
export function useLoaded<T>(load: (signal: AbortSignal) => Promise<T>, inputs: readonly unknown[]): LoadedState<T> {
  const key = JSON.stringify(inputs);
  const [state, setState] = useState<{ key: string; data?: T; error?: unknown; loading: boolean }>({
    key,
    loading: true,
  });
  const [turn, setTurn] = useState(0);
  const latest = useRef(load);
  latest.current = load;

  useEffect(() => {
    const controller = new AbortController();
    setState((before) => (before.key === key ? { ...before, loading: true } : { key, loading: true }));
    latest
      .current(controller.signal)
      .then((data) => {
        if (!controller.signal.aborted) setState({ key, data, loading: false });
      })
      .catch((error: unknown) => {
        if (!controller.signal.aborted && !isAbort(error)) setState((before) => ({ ...before, error, loading: false }));
      });
    return () => controller.abort();
  }, [key, turn]);

  const reload = useCallback(() => setTurn((before) => before + 1), []);
  const set = useCallback((data: T) => setState({ key, data, loading: false }), [key]);
  const isCurrent = state.key === key;
  return {
    data: isCurrent ? state.data : undefined,
    error: isCurrent ? state.error : undefined,
    loading: !isCurrent || state.loading,
    reload,
    set,
  };
}
