import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { ErrorDetail } from "../../api/types";
import { nowMs } from "../../clock";
import { exactTime } from "../../format";
import { AssigneePicker } from "../../triage/AssigneePicker";
import { shown } from "../../triage/acts";
import { fixWords, regressionWords, snoozeWords } from "../../triage/phrases";
import { StatusActs } from "../../triage/StatusActs";
import { Badge, StatusBadge } from "../../ui/Badge";
import { Button } from "../../ui/Button";
import { Skeleton } from "../../ui/States";
import type { IssueNow } from "./useIssue";

interface IssueHeadProps {
  now: IssueNow | null;
  /** Undefined until it is loaded. */
  detail: ErrorDetail | undefined;
  compact?: boolean;
}

/** What went wrong, where it stands, whose it is, and what can be done with it. */
export function IssueHead({ now, detail, compact = false }: IssueHeadProps) {
  if (!now) {
    return (
      <div class="issue-top" aria-hidden="true">
        <Skeleton width="70%" />
        <Skeleton width="14rem" height="1.375rem" />
        <Skeleton width="22rem" height="var(--control)" />
      </div>
    );
  }
  return (
    <div class="issue-top">
      <Message text={now.message} />
      <StatusLine now={now} detail={detail} />
      <div class="issue-acts">
        <StatusActs issues={[now]} keys {...(compact && { size: "small" })} />
        <AssigneePicker issue={now} assignee={shown(now).assignee ?? null} keys align="end" />
      </div>
    </div>
  );
}

/** Where an issue stands, and what will end that. */
function StatusLine({ now, detail }: { now: IssueNow; detail: ErrorDetail | undefined }) {
  // What was loaded is of the status before, while the server is asked for another.
  const isKnown = detail !== undefined && detail.issue.status === now.status;
  const snooze = isKnown && now.status === "muted" ? snoozeWords(detail.snooze, now, nowMs()) : null;
  const fix = isKnown && now.status === "resolved" ? fixWords(detail.fix) : null;
  const isBack = detail?.regression && (now.status === "unresolved" || now.status === "resolved");
  const where = [now.route_or_procedure, now.screen, now.source].filter(Boolean);
  return (
    <div class="issue-status">
      <StatusBadge status={now.status} />
      {(snooze || fix) && (
        <span
          class="quiet"
          title={detail?.snooze?.until ? `Until ${exactTime(detail.snooze.until)} at the latest` : undefined}
        >
          {snooze ?? fix}
        </span>
      )}
      {isBack && detail.regression && (
        <Badge tone={now.status === "unresolved" ? "bad" : "neutral"} icon="refresh">
          <bdi class="ellipsis status-word">{regressionWords(detail.regression, nowMs())}</bdi>
        </Badge>
      )}
      <span class="quiet issue-where-from">
        {where.map((part, index) => (
          <bdi key={index} class="mono ellipsis" title={part ?? ""}>
            {part}
          </bdi>
        ))}
      </span>
    </div>
  );
}

/** A message, folded when it is long. */
function Message({ text }: { text: string }) {
  const element = useRef<HTMLParagraphElement>(null);
  const [isLong, setLong] = useState(false);
  const [isWhole, setWhole] = useState(false);
  useLayoutEffect(() => {
    const shownText = element.current;
    if (shownText && !isWhole) setLong(shownText.scrollHeight > shownText.clientHeight + 1);
  }, [text, isWhole]);
  return (
    <div class="whole-message-box">
      <p ref={element} dir="auto" class={isWhole ? "whole-message" : "whole-message folded"}>
        {text}
      </p>
      {(isLong || isWhole) && (
        <Button kind="quiet" size="small" expanded={isWhole} onClick={() => setWhole(!isWhole)}>
          {isWhole ? "Show less" : "Show all of it"}
        </Button>
      )}
    </div>
  );
}
