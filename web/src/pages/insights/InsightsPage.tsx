import { Page } from "../../ui/Page";
import { SkeletonRows } from "../../ui/States";

/** TODO of its owner. */
export default function InsightsPage() {
  return (
    <Page title="Insights">
      <SkeletonRows />
    </Page>
  );
}
