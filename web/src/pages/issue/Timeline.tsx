import { Lazy } from "../../ui/Lazy";
import { Panel } from "../../ui/Panel";
import { SkeletonRows } from "../../ui/States";
import type { TimelineProps } from "./TimelinePanel";

const load = () => import("./TimelinePanel");

/** What has happened to an issue, and a field to say something about it; loaded when it is first looked at. */
export function Timeline(props: TimelineProps) {
  const skeleton = (
    <Panel title="Timeline" flush>
      <SkeletonRows rows={5} height="2.75rem" />
    </Panel>
  );
  return <Lazy load={load} props={props} skeleton={skeleton} />;
}
