import { type Rows, segment } from "../../api/client";
import type { ErrorDetail, Occurrence } from "../../api/types";
import { useLoaded } from "../../api/useLoaded";
import type { IssueKey } from "../../triage/issue";
import { Button } from "../../ui/Button";
import { Icon } from "../../ui/Icon";
import { Menu } from "../../ui/Menu";
import { Panel } from "../../ui/Panel";
import { EmptyState, Loaded, SkeletonRows } from "../../ui/States";
import { type Column, Table } from "../../ui/Table";
import { Time } from "../../ui/Time";
import { useOlder } from "../../useOlder";
import { OccurrencesFilters } from "./OccurrencesFilters";
import { clearFilters, eventHref, filtersInAddress, isFiltered, switchTo, takeFocus } from "./occurrence";
import { findPage, pathOf } from "./occurrencePages";

const PAGE = 50;

/** All stored events of an issue, the newest first; each leads to itself. */
export function OccurrencesList({ issue, detail }: { issue: IssueKey; detail: ErrorDetail }) {
  const filters = filtersInAddress();
  const at = pathOf(issue);
  const first = useLoaded(
    (signal) => findPage(at, { project_id: issue.project_id, ...filters, limit: PAGE }, signal),
    [at, issue.project_id, filters],
  );
  const file = (format: string) => `${at}?project_id=${segment(issue.project_id)}&format=${format}`;
  return (
    <Panel
      title="All events"
      actions={
        <>
          <Menu
            label="Download all events"
            align="end"
            buttonClass="button plain small"
            items={[
              { label: "As CSV", icon: "doc", href: file("csv") },
              { label: "As JSON lines", icon: "doc", href: file("jsonl") },
            ]}
          >
            Download
            <Icon name="chevron" size={12} />
          </Menu>
          <Button
            icon="refresh"
            size="small"
            label="Load anew"
            busy={first.loading && first.data !== undefined}
            onClick={first.reload}
          />
          <Button size="small" buttonRef={takeFocus} onClick={() => switchTo(null)}>
            One at a time
          </Button>
        </>
      }
      flush
    >
      <OccurrencesFilters detail={detail} filters={filters} />
      <Loaded from={first} skeleton={<SkeletonRows rows={10} height="2.625rem" />}>
        {(page) =>
          page.rows.length === 0 && page.next === null ? (
            <EmptyState
              icon="search"
              title={isFiltered(filters) ? "No event passes these filters" : "No event is stored"}
              actions={isFiltered(filters) && <Button onClick={clearFilters}>Show all events</Button>}
            >
              Single events are kept for a while; those that are gone are still counted.
            </EmptyState>
          ) : (
            <List key={`${page.rows[0]?.id} ${JSON.stringify(filters)}`} first={page} />
          )
        }
      </Loaded>
    </Panel>
  );
}

function List({ first }: { first: Rows<Occurrence> }) {
  const { rows, isMore, busy, loadMore } = useOlder(first, (next) => findPage(next, {}));
  return (
    <>
      <div class="event-list">
        <Table caption="Events" rows={rows} rowKey={(row) => String(row.id)} columns={COLUMNS} />
      </div>
      <div class="event-part">
        {rows.length === 0 && (
          <p class="quiet">None of the newest passes these filters, and there are very many older ones.</p>
        )}
        {isMore ? (
          <Button busy={busy} onClick={loadMore}>
            Load more
          </Button>
        ) : (
          <p class="quiet">These are all that are stored.</p>
        )}
      </div>
    </>
  );
}

const COLUMNS: readonly Column<Occurrence>[] = [
  {
    title: "Arrived",
    heading: true,
    cell: (row) => (
      <a href={eventHref(row.id)}>
        <span class="unseen">Event {row.id}, </span>
        <Time ms={row.received_at} />
      </a>
    ),
  },
  { title: "Release", cell: (row) => <bdi>{row.release}</bdi> },
  { title: "Environment", cell: (row) => <bdi>{row.environment}</bdi> },
  { title: "User", cell: (row) => <Cut text={row.user_id_hash} chars={12} /> },
  { title: "Message", cell: (row) => <Cut text={row.message} chars={120} /> },
  { title: "Route", cell: (row) => <Cut text={row.route_or_procedure} chars={60} /> },
];

/** A text in a row: no longer than a row should be, with the whole of it at hand. */
function Cut({ text, chars }: { text: string | null; chars: number }) {
  if (!text) return <span class="quiet">-</span>;
  return <bdi title={text}>{text.length > chars ? `${text.slice(0, chars)}…` : text}</bdi>;
}
