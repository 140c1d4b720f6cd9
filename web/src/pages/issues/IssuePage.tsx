import { api, segment } from "../../api/client";
import type { ErrorAggregate, ErrorDetail, Sample } from "../../api/types";
import { useLoaded } from "../../api/useLoaded";
import { full } from "../../format";
import { useShortcuts } from "../../keys";
import { go, href } from "../../router";
import type { PageProps } from "../../routes";
import { project } from "../../session";
import "../../styles/issue.css";
import { StatusBadge } from "../../ui/Badge";
import { CopyButton } from "../../ui/CopyButton";
import { Icon } from "../../ui/Icon";
import { Page } from "../../ui/Page";
import { Panel } from "../../ui/Panel";
import { Loaded, SkeletonRows } from "../../ui/States";
import { Table } from "../../ui/Table";
import { Time } from "../../ui/Time";

/** One error: where it occurs, and its newest samples. */
export default function IssuePage({ params }: PageProps) {
  const slug = project.value?.slug ?? null;
  const at = `/v1/errors/${segment(params.fingerprint ?? "")}`;
  const detail = useLoaded((signal) => api.get<ErrorDetail>(at, { query: { project_id: slug }, signal }), [at, slug]);
  useShortcuts([{ keys: "Escape", label: "Back to the list", group: "Issue", run: () => go(href("/issues")) }]);
  const first = detail.data?.aggregates[0];
  return (
    <Page
      title={first?.error_type ?? "Issue"}
      about={
        <a class="way-back" href={href("/issues")}>
          <Icon name="back" size={14} />
          Issues
        </a>
      }
      actions={first && <StatusBadge status={first.status} />}
    >
      <Loaded from={detail} skeleton={<SkeletonRows rows={6} />}>
        {({ aggregates, samples }) => (
          <>
            {first && <p class="issue-text">{first.message}</p>}
            <Where rows={aggregates} />
            {samples.map((sample) => (
              <SamplePanel key={sample.id} sample={sample} />
            ))}
          </>
        )}
      </Loaded>
    </Page>
  );
}

function Where({ rows }: { rows: readonly ErrorAggregate[] }) {
  return (
    <Panel title="Releases" flush>
      <Table
        caption="Where the error occurs"
        rows={rows}
        rowKey={(row) => `${row.release} ${row.environment}`}
        columns={[
          { title: "Release", heading: true, cell: (row) => row.release },
          { title: "Environment", cell: (row) => row.environment },
          { title: "First seen", number: true, cell: (row) => <Time ms={row.first_seen} /> },
          { title: "Last seen", number: true, cell: (row) => <Time ms={row.last_seen} /> },
          { title: "Events", number: true, cell: (row) => full(row.total_count) },
        ]}
      />
    </Panel>
  );
}

function SamplePanel({ sample }: { sample: Sample }) {
  const metadata = sample.metadata == null ? null : JSON.stringify(sample.metadata, null, 2);
  return (
    <Panel
      title={<Time ms={sample.captured_at} />}
      about={`${sample.release} · ${sample.environment} · ${sample.source}`}
      actions={sample.stack && <CopyButton text={sample.stack} label="Copy stack" />}
    >
      <div class="stack">
        <p>{sample.message}</p>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
        {sample.stack && <pre tabIndex={0}>{sample.stack}</pre>}
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
        {metadata && <pre tabIndex={0}>{metadata}</pre>}
      </div>
    </Panel>
  );
}
