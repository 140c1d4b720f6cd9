import { Lazy } from "../../ui/Lazy";
import { Panel } from "../../ui/Panel";
import { SkeletonRows } from "../../ui/States";
import type { GroupingProps } from "./GroupingPanel";

const load = () => import("./GroupingPanel");

/** Why the events of an issue are one issue, and merging; loaded when it is first looked at. */
export function Grouping(props: GroupingProps) {
  const skeleton = (
    <Panel title="Why this is one error" flush>
      <SkeletonRows rows={6} height="2.75rem" />
    </Panel>
  );
  return <Lazy load={load} props={props} skeleton={skeleton} />;
}
