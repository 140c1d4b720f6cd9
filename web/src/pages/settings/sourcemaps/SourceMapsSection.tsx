import { Panel } from "../../../ui/Panel";
import { SkeletonRows } from "../../../ui/States";

/** TODO of its owner. */
export default function SourceMapsSection() {
  return (
    <Panel>
      <SkeletonRows />
    </Panel>
  );
}
