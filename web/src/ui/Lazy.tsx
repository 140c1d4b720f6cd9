import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ErrorState, SkeletonRows } from "./States";

/** Loads the module that has a part of the app as its default. */
export type Load<Props> = () => Promise<{ default: ComponentType<Props> }>;

const known = new Map<unknown, unknown>();

/** A part of the app in a chunk of its own, loaded when it is first drawn; `load` has to stay the same function. */
export function Lazy<Props extends object>({ load, props }: { load: Load<Props>; props: Props }) {
  const [, setTurn] = useState(0);
  const [error, setError] = useState<unknown>();
  const isKnown = known.has(load);
  useEffect(() => {
    if (isKnown) return;
    load().then((loaded) => {
      known.set(load, loaded.default);
      setTurn((turn) => turn + 1);
    }, setError);
  }, [load, isKnown]);

  const Found = known.get(load) as ComponentType<Props> | undefined;
  if (Found) return <Found {...props} />;
  if (error === undefined) return <SkeletonRows rows={8} />;
  const reason = "A part of the dashboard did not come. The server may have been updated since this page was opened.";
  return <ErrorState error={new Error(reason)} retry={() => location.reload()} />;
}
