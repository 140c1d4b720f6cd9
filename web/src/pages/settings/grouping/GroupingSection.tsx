import { Panel } from "../../../ui/Panel";
import { SkeletonRows } from "../../../ui/States";

/** TODO of its owner. */
export default function GroupingSection() {
  return (
    <Panel>
      <SkeletonRows />
    </Panel>
  );
}
