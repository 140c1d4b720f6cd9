/** What an insight shows when there is nothing to show, or not yet. */

import { Problem } from "../../api/client";
import { href } from "../../router";
import { LinkButton } from "../../ui/Button";
import { Panel } from "../../ui/Panel";
import { EmptyState, Skeleton, SkeletonRows } from "../../ui/States";
import { figure } from "./explain";
import { type Answers, rangeWords, type Scope, type TabId } from "./scope";

/** Whether an error says that the counts are still being copied for the insights. */
export function isPreparing(error: unknown): error is Problem {
  return error instanceof Problem && error.status === 503 && /^insights are not there yet/i.test(error.message);
}

/** Whether an error says that this server has no insights. */
export function isOff(error: unknown): boolean {
  return error instanceof Problem && error.status === 404;
}

/** While the counts are copied; whoever draws it asks again by itself. */
export function Preparing({ error }: { error: Problem }) {
  const done = /(\d+)\s?%/.exec(error.message)?.[1];
  return (
    <div class="state" role="status">
      <h2>{done === undefined ? "Insights are being prepared" : `Insights are being rebuilt: ${done}%`}</h2>
      {done !== undefined && <progress class="rebuilding" max={100} value={Number(done)} aria-label="Rebuilt so far" />}
      <p class="quiet">
        The counts of all events are copied to where insights are calculated. Nothing is lost, nothing has to be done,
        and this page goes on by itself.
      </p>
    </div>
  );
}

/** Where a server has none. */
export function Off() {
  return (
    <Panel>
      <EmptyState
        icon="pulse"
        title="This server has no insights"
        actions={<LinkButton href={href("/issues")}>To the errors</LinkButton>}
      >
        They are turned off by <code>analytics.enabled = false</code> in its configuration, or it is a small build,
        which comes without them. Whoever runs the server can change that.
      </EmptyState>
    </Panel>
  );
}

/** Return how many rows an answer has. */
export function sizeOf(answer: Answers[TabId]): number {
  if ("spikes" in answer) return answer.spikes.length;
  if ("movers" in answer) return answer.movers.length;
  if ("pairs" in answer) return answer.pairs.length;
  if ("releases" in answer) return answer.releases.length;
  return answer.environments.length;
}

interface NothingProps {
  tab: TabId;
  answer: Answers[TabId];
  scope: Scope;
}

/** Says why there is nothing, and what that means. */
export function Nothing({ tab, answer, scope }: NothingProps) {
  const span = rangeWords(Number(scope.hours));
  const where = scope.environment === null ? "" : ` in ${scope.environment}`;
  const least = tab === "spikes" && scope.least !== "1" ? ` of ${scope.least} events or more` : "";
  const threshold = "threshold" in answer ? figure(answer.threshold) : "";
  const words: Record<TabId, [title: string, about: string]> = {
    spikes: [
      `No spikes${least} in ${span}${where}`,
      `Nothing was ${threshold} standard deviations or more above its average. It takes an error that was there for some hours, and then one hour with far more events.`,
    ],
    movers: [
      `Nothing has moved in ${span}${where}`,
      "There were no events, neither in this time nor in as many hours before.",
    ],
    correlations: [
      `No pairs in ${span}${where}`,
      "No two errors rise and fall together: it takes 6 hours in which both have events, and a correlation of 0.7.",
    ],
    releases: ["No releases yet", "With the first event that names its release, its card is here."],
    environments: [`No events in ${span}${where}`, "With the first event, its environment is here."],
  };
  const [title, about] = words[tab];
  return (
    <EmptyState icon={tab === "spikes" || tab === "correlations" ? "check" : "pulse"} title={title}>
      {about}
    </EmptyState>
  );
}

/** In the place of what is on its way, as large as that. */
export function Waiting({ tab }: { tab: TabId }) {
  if (tab !== "releases") return <SkeletonRows rows={6} height={tab === "environments" ? "2.75rem" : "4rem"} />;
  return (
    <div class="release-cards" role="status" aria-label="Loading">
      {Array.from({ length: 6 }, (_, card) => (
        <div key={card} class="release-card neutral">
          <Skeleton width="60%" />
          <Skeleton width="40%" height="2rem" />
          <Skeleton height="2.5rem" />
        </div>
      ))}
    </div>
  );
}
