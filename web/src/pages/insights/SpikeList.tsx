import type { ErrorSpike, Spikes } from "../../api/types";
import { count } from "../../format";
import { Explained } from "./Explained";
import { score, severityOf, zscoreWords } from "./explain";
import { AlertLink, ErrorName } from "./parts";
import type { Scope } from "./scope";

/** A bar is full from here on, or from the highest on. */
const FULL = 6;
/** The hour in few letters: where it begins. */
const BEGINNING = new Intl.DateTimeFormat(undefined, {
  weekday: "short",
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
});
const WORDS = { notable: "Notable", high: "High", severe: "Severe" } as const;

/** Errors with the hour that stands out most of each, the furthest out first. */
export function SpikeList({ answer, scope }: { answer: Spikes; scope: Scope }) {
  const most = Math.max(FULL, ...answer.spikes.map((spike) => spike.zscore));
  return (
    <ul class="insight-rows spikes" aria-label="Spikes">
      {answer.spikes.map((spike) => (
        <SpikeRow key={`${spike.project_id}\n${spike.fingerprint}`} spike={spike} most={most} scope={scope} />
      ))}
    </ul>
  );
}

function SpikeRow({ spike, most, scope }: { spike: ErrorSpike; most: number; scope: Scope }) {
  const severity = severityOf(spike.zscore);
  return (
    <li class="insight-row spike" data-row>
      <ErrorName {...spike} />
      <div class={`severity ${severity}`}>
        <span class="severity-word">{WORDS[severity]}</span>
        <span class="severity-bar" aria-hidden="true">
          <span style={{ width: `${(spike.zscore / most) * 100}%` }} />
        </span>
      </div>
      <div class="insight-when">
        <span>
          <b>{count(spike.count, "event")}</b> in an hour
        </span>
        <span class="quiet small">
          from {BEGINNING.format(spike.hour_bucket)}
          {spike.is_running && ", so far"}
        </span>
      </div>
      <div class="insight-figure">
        <Explained words={zscoreWords(spike)}>
          <span class="quiet">z</span> {score(spike.zscore)}
        </Explained>
      </div>
      <AlertLink {...spike} name={`Spike of ${spike.error_type || "Error"}`} environment={scope.environment} />
    </li>
  );
}
