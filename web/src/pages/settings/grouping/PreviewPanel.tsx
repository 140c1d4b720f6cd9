import type { GroupingPreview, IssueAfter, IssueBefore, Regrouping } from "../../../api/types";
import { count, full } from "../../../format";
import { issueHref } from "../../../links";
import type { Project } from "../../../session";
import { Badge } from "../../../ui/Badge";
import { Icon } from "../../../ui/Icon";
import { Time } from "../../../ui/Time";
import { changeWords } from "./grouping";

interface PreviewPanelProps {
  found: GroupingPreview;
  /** Whether something was changed since. */
  isOld: boolean;
  project: Project;
}

/** What would become of the newest events. */
export function PreviewPanel({ found, isOld, project }: PreviewPanelProps) {
  if (found.events === 0) return <p class="quiet">No single event is stored that it could be tried on.</p>;
  return (
    <section class="stack" aria-label="Preview">
      {isOld && (
        <p class="quiet row">
          <Icon name="clock" size={14} />
          You have changed something since: preview it again.
        </p>
      )}
      <dl class="before-after">
        <div>
          <dt>Events looked at</dt>
          <dd>{full(found.events)}</dd>
        </div>
        <div>
          <dt>Errors now</dt>
          <dd>{full(found.errors_before)}</dd>
        </div>
        <div>
          <dt>Errors then</dt>
          <dd>{full(found.errors_after)}</dd>
        </div>
        <div>
          <dt>Events elsewhere</dt>
          <dd>{full(found.regrouped)}</dd>
        </div>
      </dl>
      <p class="quiet">
        {found.oldest_at !== null && (
          <>
            The oldest of them came <Time ms={found.oldest_at} />.{" "}
          </>
        )}
        {!found.is_complete && "The time was over before all of them had been found."}
      </p>
      {found.changes.length === 0 ? (
        <p>Nothing would change for these events.</p>
      ) : (
        <ul class="regroupings" aria-label="What would change">
          {found.changes.map((change, index) => (
            <li key={index}>
              <Change change={change} project={project} />
            </li>
          ))}
        </ul>
      )}
      {found.changes_total > found.changes.length && (
        <p class="quiet">
          And {count(found.changes_total - found.changes.length, "further change")} with fewer events.
        </p>
      )}
    </section>
  );
}

const TONES = { joined: "accent", split: "warn", moved: "neutral", mixed: "warn" } as const;

function Change({ change, project }: { change: Regrouping; project: Project }) {
  const linkTo = ({ fingerprint }: IssueBefore) => issueHref({ project_id: project.id, fingerprint });
  return (
    <>
      <p class="row">
        <Badge tone={TONES[change.kind] ?? "neutral"}>{change.kind}</Badge>
        {changeWords(change)}
      </p>
      <div class="regrouping">
        <ul aria-label="Now">
          {change.before.map((issue) => (
            <One key={issue.fingerprint} issue={issue} link={linkTo(issue)} />
          ))}
        </ul>
        <span class="quiet" aria-hidden="true">
          →
        </span>
        <ul aria-label="Then">
          {change.after.map((issue) => (
            <One key={issue.fingerprint} issue={issue} link={issue.is_new ? null : linkTo(issue)} by={ruleOf(issue)} />
          ))}
        </ul>
      </div>
    </>
  );
}

function ruleOf(issue: IssueAfter): string {
  const rule = issue.rule === null ? "" : `by rule ${issue.rule + 1}`;
  return [issue.is_new ? "new" : "", rule].filter(Boolean).join(", ");
}

function One({ issue, link, by = "" }: { issue: IssueBefore; link: string | null; by?: string }) {
  const name = <bdi>{issue.error_type}</bdi>;
  return (
    <li>
      <span class="row">
        {link === null ? <b>{name}</b> : <a href={link}>{name}</a>}
        <span class="quiet small">
          {count(issue.events, "event")}
          {by && `, ${by}`}
        </span>
      </span>
      <span class="quiet clip-line">
        <bdi>{issue.message}</bdi>
      </span>
    </li>
  );
}
