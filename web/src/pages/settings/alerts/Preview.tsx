import { messageOf, Problem } from "../../../api/client";
import type { DryRun, DryRunAlert } from "../../../api/types";
import { nowMs } from "../../../clock";
import { count, exactTime, full } from "../../../format";
import { issueHref } from "../../../links";
import { projectLabel, projectOf } from "../../../session";
import { Button } from "../../../ui/Button";
import { Icon } from "../../../ui/Icon";
import { Skeleton } from "../../../ui/States";
import { Time } from "../../../ui/Time";
import { kindWords } from "./rules";
import { Timeline } from "./Timeline";
import type { Trial } from "./useDryRun";

const DAYS = 7;
const DAY_MS = 86_400_000;
const SHOWN = 5;

interface PreviewProps {
  trial: Trial;
  /** Whether the form is in order, so that it can be tried at all. */
  isReady: boolean;
  /** Whether alerts of several projects may stand beside each other. */
  isOfAll: boolean;
}

/** What a rule would have fired in the last days, while it is being made. */
export function Preview({ trial, isReady, isOfAll }: PreviewProps) {
  return (
    <section class="panel preview" aria-label="Preview" aria-busy={trial.busy}>
      <header>
        <h2>What it would have done</h2>
        <span class="quiet small" role="status">
          {trial.busy ? "Trying it out…" : ""}
        </span>
      </header>
      <div class="panel-body stack">
        <Inside trial={trial} isReady={isReady} isOfAll={isOfAll} />
      </div>
    </section>
  );
}

function Inside({ trial, isReady, isOfAll }: PreviewProps) {
  if (!isReady) return <p class="quiet">As soon as the figures make sense, here stands what they would have found.</p>;
  if (trial.error !== undefined) return <Failed error={trial.error} retry={trial.retry} />;
  if (trial.run === undefined) return <Waiting />;
  return <Outcome run={trial.run} isOfAll={isOfAll} />;
}

function Failed({ error, retry }: { error: unknown; retry: () => void }) {
  const isBusy = error instanceof Problem && error.status === 503;
  return (
    <>
      <p class="form-error" role="alert">
        {messageOf(error)}
      </p>
      {isBusy && <p class="quiet">Two rules can be tried at a time, for all who work here.</p>}
      <div class="row">
        <Button size="small" icon="refresh" onClick={retry}>
          Try again
        </Button>
      </div>
    </>
  );
}

function Waiting() {
  return (
    <>
      <Skeleton width="70%" height="1.5rem" />
      <Skeleton height="4.5rem" />
      <Skeleton width="90%" />
      <Skeleton width="60%" />
    </>
  );
}

function Outcome({ run, isOfAll }: { run: DryRun; isOfAll: boolean }) {
  const shown = run.fired.slice(0, SHOWN);
  return (
    <>
      <p class="preview-sum">
        {run.total === 0 ? (
          <>It would have said nothing in the last {DAYS} days.</>
        ) : (
          <>
            It would have fired <b>{run.total === 1 ? "once" : `${full(run.total)} times`}</b> in the last {DAYS} days.
          </>
        )}
      </p>
      <Timeline run={run} days={DAYS} />
      <Reach run={run} />
      {shown.length > 0 && (
        <ul class="preview-list" aria-label="The newest of these alerts">
          {shown.map((alert) => (
            <One key={`${alert.fired_at} ${alert.subject}`} alert={alert} isOfAll={isOfAll} />
          ))}
        </ul>
      )}
      {run.total > shown.length && shown.length > 0 && (
        <p class="quiet small">And {count(run.total - shown.length, "earlier one")}.</p>
      )}
    </>
  );
}

/** How much there was to go by. */
function Reach({ run }: { run: DryRun }) {
  const isShort = run.oldest_at > nowMs() - DAYS * DAY_MS + DAY_MS / 24;
  if (!isShort && run.is_exact) return null;
  return (
    <ul class="preview-notes">
      {isShort && (
        <li title={exactTime(run.oldest_at)}>
          What is stored begins <Time ms={run.oldest_at} />: nothing before that could be looked at.
        </li>
      )}
      {run.notes.map((note) => (
        <li key={note}>{note}</li>
      ))}
    </ul>
  );
}

function One({ alert, isOfAll }: { alert: DryRunAlert; isOfAll: boolean }) {
  const project = projectOf(alert.project_id ?? "");
  // Of a route or a project it says something else in the end.
  const isIssue = alert.message.endsWith(` - ${alert.subject}`);
  return (
    <li>
      <p class="clipped">
        <bdi>{alert.message}</bdi>
      </p>
      <p class="row quiet small">
        <span>{kindWords(alert.kind)}</span>
        {isOfAll && project && <span class="ellipsis">{projectLabel(project)}</span>}
        <Time ms={alert.fired_at} />
        {isIssue && project && (
          <a href={issueHref({ project_id: project.id, fingerprint: alert.subject })}>
            <Icon name="issues" size={12} />
            See the error<span class="unseen"> {alert.subject}</span>
          </a>
        )}
      </p>
    </li>
  );
}
