import { useEffect, useRef } from "preact/hooks";

/** What comes together is one reason. */
const GATHER_MS = 500;

/** Return a function that calls `run` soon, and not before the last call is `leastMs` ago. */
export function useThrottled(run: () => void, leastMs: number): () => void {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const ranAt = useRef(0);
  const latest = useRef(run);
  latest.current = run;
  useEffect(() => () => clearTimeout(timer.current), []);
  return () => {
    timer.current ??= setTimeout(
      () => {
        timer.current = undefined;
        ranAt.current = Date.now();
        latest.current();
      },
      Math.max(GATHER_MS, ranAt.current + leastMs - Date.now()),
    );
  };
}
