// biome-ignore-all lint/a11y/useSemanticElements: rows of a table cannot be windowed, nor become cards
// biome-ignore-all lint/a11y/useFocusableInteractive: the row has the focus, and not its cells
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Assignee } from "../../api/types";
import { compact, count } from "../../format";
import { Badge } from "../../ui/Badge";
import { Icon, type IconName } from "../../ui/Icon";
import { Sparkline } from "../../ui/Sparkline";
import { Time } from "../../ui/Time";
import type { Row } from "./paging";
import { TREND_HOURS, trendOf } from "./trends";

/** For so long an issue is called new. */
const NEW_MS = 24 * 3_600_000;

interface IssueRowProps {
  row: Row;
  /** In the list, from 0. */
  index: number;
  style: { transform: string; height: string };
  href: string;
  /** Name of its project, where there are rows of several. */
  projectName: string | null;
  now: number;
  isCurrent: boolean;
  /** Takes the focus when this becomes another number; null: not at all. */
  focusTurn: number | null;
  isChosen: boolean;
  onChoose: (isRange: boolean) => void;
  /** It was pressed; the link in it does by itself what it is told with Ctrl or Cmd. */
  onPress: (event: MouseEvent) => void;
  onFocus: () => void;
}

/** One issue in a line or two. The row itself has the focus; its link covers it, for the pointer. */
export function IssueRow(props: IssueRowProps) {
  const { row, index, style, href, projectName, now, isCurrent, focusTurn, isChosen, onChoose, onPress, onFocus } =
    props;
  const element = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    if (focusTurn !== null) element.current?.focus({ preventScroll: true });
  }, [focusTurn]);
  const where = row.route_or_procedure ?? row.screen;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the list's shortcuts do the same
    <div
      ref={element}
      role="row"
      class="issue issue-row"
      style={style}
      tabIndex={isCurrent ? 0 : -1}
      aria-rowindex={index + 2}
      aria-selected={isChosen}
      data-current={isCurrent || undefined}
      data-tour={index === 0 ? "list" : undefined}
      onClick={onPress}
      onFocus={(event) => {
        if (event.target === event.currentTarget) onFocus();
      }}
    >
      <div role="gridcell" class="issue-pick">
        <input
          type="checkbox"
          tabIndex={-1}
          aria-label={`Select ${row.error_type}`}
          checked={isChosen}
          onClick={(event) => {
            event.stopPropagation();
            onChoose(event.shiftKey);
          }}
        />
      </div>
      <div role="gridcell" class="issue-state">
        <StatusMark status={row.status} />
      </div>
      <div role="gridcell" class="issue-what">
        <div class="issue-title">
          <a href={href} tabIndex={-1} class="issue-link ellipsis">
            <bdi>{row.error_type || "Error"}</bdi>
          </a>
          <Marks row={row} now={now} />
          {where && (
            <bdi class="issue-route ellipsis quiet" title={where}>
              {where}
            </bdi>
          )}
        </div>
        <div class="issue-message ellipsis">
          <bdi>{row.message}</bdi>
        </div>
      </div>
      <div role="gridcell" class="issue-where">
        {projectName !== null && <bdi class="issue-project">{projectName}</bdi>}
        <span class="source-badge ellipsis">
          <bdi>{row.source}</bdi>
        </span>
      </div>
      <div role="gridcell" class="issue-trend">
        <Trend row={row} />
      </div>
      <div role="gridcell" class="issue-count number" title={count(row.total_count, "event")}>
        {compact(row.total_count)}
        <span class="issue-unit"> {row.total_count === 1 ? "event" : "events"}</span>
      </div>
      <Users row={row} />
      <div role="gridcell" class="issue-first number">
        <Time ms={row.first_seen} />
      </div>
      <div role="gridcell" class="issue-last number">
        <Time ms={row.last_seen} />
      </div>
      <div role="gridcell" class="issue-who">
        <Initials assignee={row.assignee ?? null} />
      </div>
    </div>
  );
}

const MARKS: Readonly<Record<string, IconName>> = {
  unresolved: "alert",
  resolved: "check",
  ignored: "close",
  muted: "mute",
};

function StatusMark({ status }: { status: string }) {
  return (
    <span class={`status-mark ${status}`} title={status}>
      <Icon name={MARKS[status] ?? "dots"} />
      <span class="unseen">{status}</span>
    </span>
  );
}

function Marks({ row, now }: { row: Row; now: number }) {
  const isBack = row.regressed_at !== null && row.status === "unresolved";
  const isNew = !isBack && now - row.first_seen < NEW_MS;
  if (!isBack && !isNew) return null;
  return (
    <span class="issue-marks">
      {isBack ? (
        <Badge tone="bad" icon="refresh">
          Regressed
        </Badge>
      ) : (
        <Badge tone="accent">New</Badge>
      )}
    </span>
  );
}

function Trend({ row }: { row: Row }) {
  const counts = trendOf(row);
  if (counts === null) return <span class="sparkline" />;
  const events = counts.reduce((sum, hour) => sum + hour.count, 0);
  return <Sparkline counts={counts} hours={TREND_HOURS} label={`${count(events, "event")} in 24 hours`} />;
}

function Users({ row }: { row: Row }) {
  const { users_affected: users, users_affected_exact: isExact } = row;
  const words = users === 0 ? "No user is named" : `${isExact ? "" : "About "}${count(users, "user")}`;
  return (
    <div role="gridcell" class={users === 0 ? "issue-users number none" : "issue-users number"} title={words}>
      <span aria-hidden="true">{users === 0 ? "–" : `${isExact ? "" : "~"}${compact(users)}`}</span>
      <span class="issue-unit" aria-hidden="true">
        {" "}
        {users === 1 ? "user" : "users"}
      </span>
      <span class="unseen">{words}</span>
    </div>
  );
}

function Initials({ assignee }: { assignee: Assignee | null }) {
  if (assignee === null) return null;
  return (
    <span class="initials" title={`Assigned to ${assignee.username}`}>
      <span aria-hidden="true">{initialsOf(assignee.username)}</span>
      <span class="unseen">
        Assigned to <bdi>{assignee.username}</bdi>
      </span>
    </span>
  );
}

/** Return one letter of a name, or those of its first two words. */
function initialsOf(name: string): string {
  const words = name.split(/[\s._-]+/u).filter(Boolean);
  return words
    .slice(0, 2)
    .map((word) => [...word][0] ?? "")
    .join("")
    .toUpperCase();
}
