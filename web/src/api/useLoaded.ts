import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { isAbort } from "./client";

export interface LoadedState<T> {
  /** What came last; it stays while the next is on its way, and when that fails. */
  data: T | undefined;
  error: unknown;
  loading: boolean;
  /** Ask again. */
  reload: () => void;
  /** Make of what came what a request has just made of it at the server; nothing if nothing came. */
  change: (change: (data: T) => T) => void;
}

interface Kept<T> {
  /** Of the inputs that it belongs to. */
  key: string;
  data?: T;
  error?: unknown;
  loading: boolean;
}

/**
 * Load something when a component appears, and again when one of `inputs` changes.
 *
 * What was asked for before is aborted then, so that a slow answer never stands in the place of a newer one.
 * With other `inputs` the old data is gone at once: it belongs to something else.
 */
export function useLoaded<T>(load: (signal: AbortSignal) => Promise<T>, inputs: readonly unknown[]): LoadedState<T> {
  const key = JSON.stringify(inputs);
  const [state, setState] = useState<Kept<T>>({ key, loading: true });
  const [turn, setTurn] = useState(0);
  const isAsking = useRef(false);
  const latest = useRef(load);
  latest.current = load;

  useEffect(() => {
    const controller = new AbortController();
    function settle(next: (before: Kept<T>) => Kept<T>): void {
      if (controller.signal.aborted) return;
      isAsking.current = false;
      setState(next);
    }
    isAsking.current = true;
    setState((before) => (before.key === key ? { ...before, loading: true } : { key, loading: true }));
    latest.current(controller.signal).then(
      (data) => settle(() => ({ key, data, loading: false })),
      (error: unknown) => {
        if (!isAbort(error)) settle((before) => ({ ...before, error, loading: false }));
      },
    );
    return () => controller.abort();
  }, [key, turn]);

  const reload = useCallback(() => setTurn((before) => before + 1), []);
  const change = useCallback(
    (made: (data: T) => T) => {
      setState((before) =>
        before.key === key && before.data !== undefined ? { ...before, data: made(before.data) } : before,
      );
      // What is on its way may have been read before the change.
      if (isAsking.current) reload();
    },
    [key],
  );
  const isCurrent = state.key === key;
  return {
    data: isCurrent ? state.data : undefined,
    error: isCurrent ? state.error : undefined,
    loading: !isCurrent || state.loading,
    reload,
    change,
  };
}
