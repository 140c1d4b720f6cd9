import { useId } from "preact/hooks";
import { api } from "../../api/client";
import type { Correlations, ErrorPair, ErrorTrend } from "../../api/types";
import { useLoaded } from "../../api/useLoaded";
import { count, full } from "../../format";
import { issueHref } from "../../links";
import { query, setQuery } from "../../router";
import { AreaChart } from "../../ui/AreaChart";
import { Icon } from "../../ui/Icon";
import { NotLoaded } from "../../ui/NotLoaded";
import { Skeleton } from "../../ui/States";
import { Explained } from "./Explained";
import { correlationWords, overlapWords, percent, score } from "./explain";
import { OPENS, ProjectName } from "./parts";
import type { Scope } from "./scope";

const CHART_PX = 180;

/** Pairs of errors, those that belong together most first; the one that the address names shows its trends. */
export function CorrelationList({ answer, scope }: { answer: Correlations; scope: Scope }) {
  const open = query.value.get("pair");
  return (
    <>
      <ul class="insight-rows" aria-label="Pairs of errors">
        {answer.pairs.map((pair) => {
          const key = keyOf(pair);
          return (
            <PairRow
              key={key}
              pair={pair}
              scope={scope}
              isOpen={key === open}
              onToggle={() => setQuery({ pair: key === open ? null : key })}
            />
          );
        })}
      </ul>
      {answer.eligible > answer.compared && (
        <p class="insight-foot quiet small">
          The {full(answer.compared)} errors with the most events were compared with each other, of{" "}
          {full(answer.eligible)} with enough hours.
        </p>
      )}
    </>
  );
}

/** Return what an address calls a pair. */
function keyOf({ project_id, fingerprint_a, fingerprint_b }: ErrorPair): string {
  return [project_id, fingerprint_a, fingerprint_b].map(encodeURIComponent).join("~");
}

interface PairRowProps {
  pair: ErrorPair;
  scope: Scope;
  isOpen: boolean;
  onToggle: () => void;
}

function PairRow({ pair, scope, isOpen, onToggle }: PairRowProps) {
  const id = useId();
  return (
    <li class="insight-pair" data-row>
      <div class="insight-row pair">
        <button
          type="button"
          class={`pair-button ${OPENS}`}
          aria-expanded={isOpen}
          aria-controls={isOpen ? id : undefined}
          onClick={onToggle}
        >
          <Icon name="chevron" />
          <span class="pair-names">
            <Side type={pair.error_type_a} message={pair.message_a} of={1} />
            <Side type={pair.error_type_b} message={pair.message_b} of={2} />
            <ProjectName id={pair.project_id} />
          </span>
        </button>
        <div class="severity pair-strength">
          <span class="severity-bar" aria-hidden="true">
            <span style={{ width: `${pair.correlation * 100}%` }} />
          </span>
        </div>
        <div class="insight-figure">
          <Explained words={correlationWords(pair)}>
            <span class="quiet">r</span> {score(pair.correlation)}
          </Explained>
        </div>
        <div class="insight-when">
          <span>{count(pair.shared_hours, "shared hour")}</span>
          <Explained words={overlapWords(pair)}>
            <span class="quiet small">{percent(pair.overlap * 100)} overlap</span>
          </Explained>
        </div>
      </div>
      {isOpen && (
        <div id={id} class="pair-trends">
          <Trends pair={pair} scope={scope} />
        </div>
      )}
    </li>
  );
}

function Side({ type, message, of }: { type: string; message: string; of: 1 | 2 }) {
  return (
    <span class="pair-side ellipsis">
      <i class={`chart-swatch of-${of}`} />
      <bdi class="pair-type">{type || "Error"}</bdi>{" "}
      <bdi class="quiet" title={message}>
        {message}
      </bdi>
    </span>
  );
}

/** The events of both by the hour, on one axis. */
function Trends({ pair, scope }: { pair: ErrorPair; scope: Scope }) {
  const { project_id, fingerprint_a, fingerprint_b } = pair;
  const asked = new URLSearchParams([
    ["project_id", project_id],
    ["fingerprint", fingerprint_a],
    ["fingerprint", fingerprint_b],
    ["hours", scope.hours],
  ]).toString();
  const trends = useLoaded((signal) => api.get<ErrorTrend[]>(`/v1/error-trends?${asked}`, { signal }), [asked]);
  const [label_a, label_b] = labelsOf(pair);
  if (trends.data === undefined && trends.error !== undefined && !trends.loading) {
    return <NotLoaded what="Their trends" from={trends} />;
  }
  return (
    <>
      {trends.data ? (
        <AreaChart
          series={[
            { label: label_a, counts: trends.data[0]?.counts ?? [] },
            { label: label_b, counts: trends.data[1]?.counts ?? [] },
          ]}
          hours={Number(scope.hours)}
          heightPx={CHART_PX}
          label={`Events of both errors in ${scope.hours} hours`}
        />
      ) : (
        <Skeleton height={`${CHART_PX + 24}px`} />
      )}
      <p class="row small">
        <a href={issueHref({ project_id, fingerprint: fingerprint_a })}>
          Open <bdi>{label_a}</bdi>
        </a>
        <a href={issueHref({ project_id, fingerprint: fingerprint_b })}>
          Open <bdi>{label_b}</bdi>
        </a>
        {scope.environment !== null && <span class="quiet">The trends are those of all environments.</span>}
      </p>
    </>
  );
}

/** Return what to call both errors: where they are of one kind, their messages tell them apart. */
function labelsOf(pair: ErrorPair): [string, string] {
  const [one, other] = [pair.error_type_a || "Error", pair.error_type_b || "Error"];
  return one === other ? [`${one}: ${pair.message_a}`, `${other}: ${pair.message_b}`] : [one, other];
}
