import type { AlertChannel, AlertTest, AlertTestResult } from "../../../api/types";
import { Icon } from "../../../ui/Icon";
import { kindLabel, placeOf } from "./channels";
import { remedy } from "./deliveryWords";

interface TestOutcomeProps {
  /** The answer, or why there is none. */
  tested: AlertTest | string;
  channels: readonly AlertChannel[];
  isOn: boolean;
}

/** What has become of a test, place by place. */
export function TestOutcome({ tested, channels, isOn }: TestOutcomeProps) {
  return (
    <section class="test-outcome stack" aria-label="Outcome of the test">
      {typeof tested === "string" ? (
        <p class="bad-words">
          <Icon name="alert" size={14} />
          No test was sent. {tested}
        </p>
      ) : (
        <Results results={tested.results} channels={channels} />
      )}
      {!isOn && <p class="quiet">The rule is off: a test goes out all the same, and alerts do not.</p>}
    </section>
  );
}

function Results({ results, channels }: { results: readonly AlertTestResult[]; channels: readonly AlertChannel[] }) {
  if (results.length === 0) {
    return (
      <p class="bad-words">
        <Icon name="alert" size={14} />
        The test went nowhere: the rule has no channel, and the server's environment names none.
      </p>
    );
  }
  return (
    <ul class="stack">
      {results.map((result) => (
        <Result key={`${result.channel_id} ${result.channel_type}`} result={result} channels={channels} />
      ))}
    </ul>
  );
}

function Result({ result, channels }: { result: AlertTestResult; channels: readonly AlertChannel[] }) {
  const channel = channels.find((known) => known.id === result.channel_id);
  const help = remedy(result.error);
  return (
    <li class="lines">
      <span class={result.ok ? "good-words" : "bad-words"}>
        <Icon name={result.ok ? "check" : "alert"} size={14} />
        <span>
          <b>{kindLabel(result.channel_type)}</b>{" "}
          {result.ok ? `has taken it${result.status === null ? "" : ` (${result.status})`}.` : "has not taken it: "}
          {!result.ok && <bdi>{result.error ?? `it answered ${result.status}`}</bdi>}
        </span>
      </span>
      <span class="quiet small">
        {channel ? <code>{placeOf(channel)}</code> : "named by the server's environment"}
        {help !== null && ` – ${help}`}
      </span>
    </li>
  );
}
