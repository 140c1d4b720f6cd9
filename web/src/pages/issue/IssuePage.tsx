import { api, segment } from "../../api/client";
import type { ErrorAggregate, ErrorDetail, Sample } from "../../api/types";
import { useLoaded } from "../../api/useLoaded";
import { full } from "../../format";
import { useShortcuts } from "../../keys";
import { go, href } from "../../router";
import type { PageProps } from "../../routes";
import { project } from "../../session";
import "../../styles/pages/issue.css";
import { StatusBadge } from "../../ui/Badge";
import { CodeBlock } from "../../ui/CodeBlock";
import { CopyButton } from "../../ui/CopyButton";
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
      back={{ href: href("/issues"), label: "Issues" }}
      about={first?.message}
      actions={first && <StatusBadge status={first.status} />}
    >
      <Loaded from={detail} skeleton={<SkeletonRows rows={6} />}>
        {({ aggregates, samples }) => (
          <>
            <Where rows={aggregates} />
            <Panel title="Newest samples" flush>
              <ol>
                {samples.map((sample, index) => (
                  <SampleItem key={sample.id} sample={sample} number={index + 1} />
                ))}
              </ol>
            </Panel>
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

function SampleItem({ sample, number }: { sample: Sample; number: number }) {
  const metadata = sample.metadata == null ? null : JSON.stringify(sample.metadata, null, 2);
  return (
    <li class="sample">
      <div class="sample-head">
        <h3>
          <Time ms={sample.captured_at} />
        </h3>
        <p class="quiet">
          {[sample.release, sample.environment, sample.source, sample.route_or_procedure]
            .filter((part) => part)
            .map((part, index) => [index > 0 && " · ", <bdi key={index}>{part}</bdi>])}
        </p>
        {sample.stack && <CopyButton text={sample.stack} label="Copy stack" />}
      </div>
      <p>{sample.message}</p>
      {sample.stack && <CodeBlock label={`Stack ${number}`}>{sample.stack}</CodeBlock>}
      {metadata && <CodeBlock label={`Metadata ${number}`}>{metadata}</CodeBlock>}
    </li>
  );
}
