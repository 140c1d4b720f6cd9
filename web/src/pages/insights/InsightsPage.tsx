import type { ComponentType } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { api } from "../../api/client";
import { type LoadedState, useLoaded } from "../../api/useLoaded";
import type { RouteProps } from "../../router";
import { href, query } from "../../router";
import { project } from "../../session";
import "../../styles/pages/insights.css";
import "../../styles/pages/environments.css";
import "../../styles/pages/release-cards.css";
import { Button } from "../../ui/Button";
import { Page } from "../../ui/Page";
import { Panel } from "../../ui/Panel";
import { EmptyState, Loaded } from "../../ui/States";
import { TabLinks } from "../../ui/Tabs";
import { Time } from "../../ui/Time";
import { CorrelationList } from "./CorrelationList";
import { EnvironmentTable } from "./EnvironmentTable";
import { InsightFilter } from "./InsightFilter";
import { MoverList } from "./MoverList";
import { ReleaseCards } from "./ReleaseCards";
import { SpikeList } from "./SpikeList";
import { type Answers, addressOf, questionOf, type Scope, scopeOf, TABS, type TabId, tabOf } from "./scope";
import { isOff, isPreparing, Nothing, Off, Preparing, sizeOf, Waiting } from "./states";
import { useRowKeys } from "./useRowKeys";

/** After which it is asked anew while the counts are copied. */
const AGAIN_MS = 2_000;

const LISTS: { [name in TabId]: ComponentType<{ answer: Answers[name]; scope: Scope }> } = {
  spikes: SpikeList,
  movers: MoverList,
  correlations: CorrelationList,
  releases: ReleaseCards,
  environments: EnvironmentTable,
};

/** What many errors tell together: five insights, one of which the path chooses. */
export default function InsightsPage({ params }: RouteProps) {
  const tab = tabOf(params.tab);
  if (tab === null) {
    return (
      <Page title="Insights">
        <Tabs current={null} scope={scopeOf(query.value)} />
        <Panel>
          <EmptyState icon="search" title="There is no such insight">
            The address may be mistyped. The links above lead to all there are.
          </EmptyState>
        </Panel>
      </Page>
    );
  }
  return <InsightPage tab={tab.value} label={tab.label} about={tab.about} />;
}

function InsightPage({ tab, label, about }: { tab: TabId; label: string; about: string }) {
  const scope = scopeOf(query.value);
  const id = project.value?.id ?? null;
  const asked = questionOf(tab, scope);
  const insight = useLoaded(
    (signal) => api.get<Answers[TabId]>(`/v1/analytics/${tab}`, { query: { project_id: id, ...asked }, signal }),
    [tab, id, asked],
  );
  const content = useRef<HTMLDivElement>(null);
  useRowKeys(content, scope);
  const { data, error } = insight;
  if (data === undefined && isOff(error)) {
    return (
      <Page title="Insights">
        <Off />
      </Page>
    );
  }
  return (
    <Page title={`${label} · Insights`} heading={<Heading label={label} />} actions={<AsOf insight={insight} />}>
      <Tabs current={tab} scope={scope} />
      <div class="insight-head">
        <p class="quiet">{about}</p>
        <InsightFilter tab={tab} scope={scope} />
      </div>
      <div ref={content}>
        <Content tab={tab} insight={insight} scope={scope} />
      </div>
    </Page>
  );
}

/** The heading stays the same for the eye; whoever hears it learns which insight has opened. */
function Heading({ label }: { label: string }) {
  return (
    <>
      Insights<span class="unseen">: {label}</span>
    </>
  );
}

function Tabs({ current, scope }: { current: TabId | null; scope: Scope }) {
  const links = TABS.map(({ value, label }) => ({
    href: href(`/insights/${value}`, addressOf(scope)),
    label,
    current: value === current,
  }));
  return <TabLinks label="Insights" links={links} />;
}

/** When it was calculated, and the way to have it calculated anew. */
function AsOf({ insight }: { insight: LoadedState<Answers[TabId]> }) {
  const { data, loading, reload } = insight;
  return (
    <>
      {data && (
        <span class="quiet small" title="An answer is kept for a minute, unless the server is told otherwise.">
          As of <Time ms={data.computed_at} />
        </span>
      )}
      <Button icon="refresh" busy={loading && data !== undefined} onClick={reload}>
        Refresh
      </Button>
    </>
  );
}

interface ContentProps {
  tab: TabId;
  insight: LoadedState<Answers[TabId]>;
  scope: Scope;
}

function Content({ tab, insight, scope }: ContentProps) {
  const { data, error, loading, reload } = insight;
  const isWaiting = data === undefined && isPreparing(error);
  useEffect(() => {
    if (!isWaiting || loading) return;
    const timer = setTimeout(reload, AGAIN_MS);
    return () => clearTimeout(timer);
  }, [isWaiting, loading]);
  const List = LISTS[tab] as ComponentType<{ answer: Answers[TabId]; scope: Scope }>;
  const shown = isWaiting ? (
    <Preparing error={error} />
  ) : (
    <Loaded from={insight} skeleton={<Waiting tab={tab} />}>
      {(answer) =>
        sizeOf(answer) === 0 ? (
          <Nothing tab={tab} answer={answer} scope={scope} />
        ) : (
          <List answer={answer} scope={scope} />
        )
      }
    </Loaded>
  );
  const isBare = tab === "releases" && (data === undefined ? loading && !isWaiting : sizeOf(data) > 0);
  return isBare ? shown : <Panel flush>{shown}</Panel>;
}
