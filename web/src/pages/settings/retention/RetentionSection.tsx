import { api } from "../../../api/client";
import type { RetentionInfo } from "../../../api/types";
import { useLoaded } from "../../../api/useLoaded";
import { bytes, full } from "../../../format";
import "../../../styles/pages/retention.css";
import { Icon } from "../../../ui/Icon";
import { Panel } from "../../../ui/Panel";
import { Loaded, SkeletonRows } from "../../../ui/States";
import { GlobalForm } from "./GlobalForm";
import { ProjectsPanel } from "./ProjectsPanel";
import { PurgePanel } from "./PurgePanel";
import { budgetWords } from "./retention";

/** For how long data is kept, and how much of it there is. */
export default function RetentionSection() {
  const info = useLoaded((signal) => api.get<RetentionInfo>("/v1/admin/retention", { signal }), []);
  return (
    <Loaded from={info} skeleton={<Waiting />}>
      {(found) => (
        <>
          <StoragePanel info={found} />
          <GlobalForm stored={found.global} onSaved={info.reload} />
          <ProjectsPanel info={found} onSaved={info.reload} />
          <PurgePanel onDone={info.reload} />
        </>
      )}
    </Loaded>
  );
}

function StoragePanel({ info }: { info: RetentionInfo }) {
  const { storage, global } = info;
  const used = storage.db_size_bytes - storage.free_bytes;
  const budget = budgetWords(storage.budget, global.max_bytes !== null);
  return (
    <Panel title="What is stored">
      <div class="stack">
        <dl class="storage-figures">
          <Figure label="Database" value={bytes(storage.db_size_bytes)} />
          <Figure label="Free within it" value={bytes(storage.free_bytes)} />
          <Figure label="Single events" value={full(storage.raw_events_count)} />
          <Figure label="Counts by the hour" value={full(storage.hourly_counts_count)} />
        </dl>
        {global.max_bytes !== null && (
          <p class="budget">
            <span>
              {bytes(used)} of {bytes(global.max_bytes)}
            </span>
            <svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
              <rect class="bar-ground" width="100" height="8" />
              <rect
                class={storage.budget === "exceeded" ? "bar-part bad" : "bar-part"}
                width={Math.min(100, (used / global.max_bytes) * 100)}
                height="8"
              />
            </svg>
          </p>
        )}
        <p class={budget.tone === "quiet" ? "quiet" : `${budget.tone}-words`}>
          {budget.tone !== "quiet" && <Icon name={budget.tone === "bad" ? "alert" : "check"} size={14} />}
          {budget.text}
        </p>
        <p class="quiet">
          The write-ahead log beside the database is not in it. Free room is used again, and given back to the disk bit
          by bit.
        </p>
      </div>
    </Panel>
  );
}

function Figure({ label, value }: { label: string; value: string }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function Waiting() {
  return (
    <>
      <Panel title="What is stored">
        <SkeletonRows rows={2} height="3.5rem" />
      </Panel>
      <Panel title="For all projects">
        <SkeletonRows rows={3} height="4rem" />
      </Panel>
    </>
  );
}
