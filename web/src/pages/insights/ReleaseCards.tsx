import type { ReleaseImpact, ReleaseImpacts } from "../../api/types";
import { formatQuery } from "../../filter/query";
import { full } from "../../format";
import { slugOf } from "../../links";
import { href } from "../../router";
import { Badge } from "../../ui/Badge";
import { Time } from "../../ui/Time";
import { Explained } from "./Explained";
import { figure, impactWords, rateWords, signed, signedPercent, verdictOf } from "./explain";
import { OPENS, ProjectName } from "./parts";

const VERDICTS = {
  worse: { tone: "bad", icon: "alert", word: "High impact" },
  better: { tone: "good", icon: "check", word: "Improvement" },
  neutral: { tone: "neutral", icon: "dots", word: "Neutral" },
} as const;

/** What each release has changed, a card each, the newest first. */
export function ReleaseCards({ answer }: { answer: ReleaseImpacts }) {
  return (
    <ul class="release-cards" aria-label="Releases">
      {answer.releases.map((impact) => (
        <ReleaseCard key={`${impact.project_id}\n${impact.release}`} impact={impact} />
      ))}
    </ul>
  );
}

function ReleaseCard({ impact }: { impact: ReleaseImpact }) {
  const verdict = verdictOf(impact.impact_score);
  const { tone, icon, word } = VERDICTS[verdict];
  const to = href("/issues", {
    project: slugOf(impact.project_id),
    q: formatQuery({ chips: [{ key: "release", value: impact.release }], words: "" }),
  });
  return (
    <li class={`release-card ${verdict}`} data-row>
      <header>
        <a class={OPENS} href={to} title={impact.release}>
          <bdi>{impact.release || "(none)"}</bdi>
        </a>
        <ProjectName id={impact.project_id} />
        <p class="quiet small ellipsis">
          First seen <Time ms={impact.first_seen} />
          {impact.previous_release !== null && (
            <>
              {", after "}
              <bdi title={impact.previous_release}>{impact.previous_release || "(none)"}</bdi>
            </>
          )}
        </p>
      </header>
      <div class="release-score">
        <Explained words={impactWords(impact)}>{figure(Number(impact.impact_score.toFixed(1)))}</Explained>
        <Badge tone={tone} icon={icon}>
          {word}
        </Badge>
      </div>
      <dl class="release-figures">
        <div>
          <dt>New errors</dt>
          <dd>
            {full(impact.new_fingerprints)} <span class="quiet small">of {full(impact.unique_fingerprints)}</span>
          </dd>
        </div>
        <div>
          <dt>Events</dt>
          <dd>
            {full(impact.error_count)}{" "}
            {impact.previous_release !== null && <span class="quiet small">{signed(impact.error_delta)}</span>}
          </dd>
        </div>
        <div>
          <dt>Per hour</dt>
          <dd>
            <Explained words={rateWords(impact)}>
              {figure(impact.errors_per_hour)}{" "}
              {impact.rate_delta_pct !== null && (
                <span class="quiet small">{signedPercent(impact.rate_delta_pct)}</span>
              )}
            </Explained>
          </dd>
        </div>
      </dl>
    </li>
  );
}
