import type { ComponentChildren, ComponentType } from "preact";
import { useEffect, useErrorBoundary, useState } from "preact/hooks";
import { api, messageOf, Problem } from "../api/client";
import { reloadSaying } from "../notice";
import { ErrorState, SkeletonRows } from "./States";

/** Loads the module that has a part of the app as its default. */
export type Load<Props> = () => Promise<{ default: ComponentType<Props> }>;

interface LazyProps<Props> {
  load: Load<Props>;
  props: Props;
  /** Shown until it is there. */
  skeleton?: ComponentChildren;
}

const known = new Map<unknown, unknown>();

/**
 * A part of the app in a chunk of its own, loaded when it is first drawn; `load` has to stay the same function.
 *
 * After an upgrade the chunks of a page that was open have gone: it is loaded anew once, and says why. What breaks
 * while the part is drawn is said in its place, and breaks nothing around it.
 */
export function Lazy<Props extends object>({ load, props, skeleton = <SkeletonRows rows={8} /> }: LazyProps<Props>) {
  const [turn, setTurn] = useState(0);
  const [error, setError] = useState<unknown>();
  const [broken, mend] = useErrorBoundary(reportError);
  const isKnown = known.has(load);
  useEffect(() => {
    if (isKnown) return;
    let isHere = true;
    setError(undefined);
    load()
      .then((loaded) => {
        known.set(load, loaded.default);
        if (isHere) setTurn(turn + 1);
      })
      .catch(async () => {
        const reason = await whyMissing();
        if (isHere && reason !== null) setError(reason);
      });
    return () => {
      isHere = false;
    };
  }, [load, isKnown, turn]);

  if (broken) return <ErrorState error={new Error(`The dashboard has a fault: ${messageOf(broken)}`)} retry={mend} />;
  const Found = known.get(load) as ComponentType<Props> | undefined;
  if (Found) return <Found {...props} />;
  if (error === undefined) return <>{skeleton}</>;
  return <ErrorState error={error} retry={() => setTurn(turn + 1)} />;
}

/** Return why a part did not come; null if the page is being loaded anew because of it. */
async function whyMissing(): Promise<unknown> {
  // Where no server answers, a reload would leave the browser's own page.
  const answer = await api.get("/health").catch((error: unknown) => error);
  if (answer instanceof Problem && answer.status === 0) return answer;
  if (reloadSaying("The server has been updated, so this page was loaded anew.")) return null;
  return new Error("A part of the dashboard did not come, although the server answers.");
}
