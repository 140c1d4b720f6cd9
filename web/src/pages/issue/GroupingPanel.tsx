import { api, segment } from "../../api/client";
import type { ErrorGrouping, IssueFingerprint } from "../../api/types";
import { useLoaded } from "../../api/useLoaded";
import { slugOf } from "../../links";
import { href } from "../../router";
import "../../styles/pages/why-grouped.css";
import { changes } from "../../triage/acts";
import type { IssueKey } from "../../triage/issue";
import { LinkButton } from "../../ui/Button";
import { Panel } from "../../ui/Panel";
import { Loaded, SkeletonRows } from "../../ui/States";
import { GroupingFingerprints } from "./GroupingFingerprints";
import { GroupingWhy } from "./GroupingWhy";

export interface GroupingProps {
  issue: IssueKey;
  /** Called when issues were merged into this one, or taken out of it. */
  onMerged: () => void;
}

/** Why the events of an issue are one issue, what its fingerprints are, and how to merge it and take it apart. */
export default function GroupingPanel({ issue, onMerged }: GroupingProps) {
  const path = `/v1/errors/${segment(issue.fingerprint)}`;
  const loaded = useLoaded(
    async (signal) => {
      const options = { query: { project_id: issue.project_id }, signal };
      const [grouping, fingerprints] = await Promise.all([
        api.get<ErrorGrouping>(`${path}/grouping`, options),
        api.get<IssueFingerprint[]>(`${path}/fingerprints`, options),
      ]);
      return { grouping, fingerprints };
    },
    [path, issue.project_id],
  );

  function reload(): void {
    loaded.reload();
    changes.value += 1;
    onMerged();
  }

  return (
    <Panel
      title="Why this is one error"
      actions={
        <LinkButton href={href("/settings/grouping", { project: slugOf(issue.project_id) })} size="small" icon="gear">
          Grouping settings
        </LinkButton>
      }
      flush
    >
      <Loaded from={loaded} skeleton={<SkeletonRows rows={5} height="2.75rem" />}>
        {({ grouping, fingerprints }) => (
          <>
            <GroupingWhy grouping={grouping} />
            <GroupingFingerprints
              issue={issue}
              fingerprints={fingerprints}
              origins={grouping.fingerprints}
              onChanged={reload}
            />
          </>
        )}
      </Loaded>
    </Panel>
  );
}
