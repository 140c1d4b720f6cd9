import type { ComponentChildren } from "preact";
import type { ServerStatus } from "../api/types";
import { nowMs } from "../clock";
import { bytes, full, percent } from "../format";
import { isServerAnswering, serverStatus, useServerStatus } from "../serverStatus";
import "../styles/health.css";
import { Icon } from "../ui/Icon";
import { Time } from "../ui/Time";

/** How the server is, at the foot of the navigation: small while all is well, red and in words when it is not. */
export function ServerHealth() {
  useServerStatus();
  const status = serverStatus.value;
  const problems = problemsOf(status, isServerAnswering.value);
  if (status === null && problems.length === 0) return null;
  return (
    <section class={`health ${problems.length > 0 ? toneOf(status) : "ok"}`} aria-label="Server" data-tour="health">
      <div class="health-problems" role="status">
        {problems.map((problem) => (
          <p key={problem}>
            <Icon name="alert" />
            <span>{problem}</span>
          </p>
        ))}
      </div>
      {status !== null && (
        <>
          <p class="health-title" aria-hidden="true">
            Server
          </p>
          <Figures status={status} />
        </>
      )}
    </section>
  );
}

function Figures({ status }: { status: ServerStatus }) {
  return (
    <dl class="health-figures">
      <Figure
        label="Buffer used"
        title={`${full(status.buffered)} of ${full(status.capacity)} events wait to be stored`}
      >
        <meter min={0} max={1} high={0.5} value={status.buffer_usage} aria-label="Fill of the buffer" />
        {percent(status.buffer_usage)}
      </Figure>
      <Figure
        label="Events dropped"
        title={`Since the server started: ${full(status.dropped_total)} dropped, ${full(status.lost_total)} lost`}
      >
        {full(status.dropped_total + status.lost_total)}
      </Figure>
      <Figure label="Last write">
        {status.last_flush_ms === null ? "none yet" : <Time ms={status.last_flush_ms} />}
      </Figure>
      <Figure label="Database" title={freeOf(status)}>
        {status.database_bytes === null ? "unknown" : bytes(status.database_bytes)}
      </Figure>
    </dl>
  );
}

interface FigureProps {
  label: string;
  title?: string;
  children: ComponentChildren;
}

function Figure({ label, title, children }: FigureProps) {
  return (
    <div title={title}>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** Return what is wrong, in words. */
function problemsOf(status: ServerStatus | null, isAnswering: boolean): readonly string[] {
  if (!isAnswering) return ["The server does not answer. What you see may be old."];
  return status?.problems ?? [];
}

function toneOf(status: ServerStatus | null): "warn" | "bad" {
  return status?.state === "warning" && isServerAnswering.value ? "warn" : "bad";
}

function freeOf(status: ServerStatus): string {
  const days = Math.floor((nowMs() / 1000 - status.started_at) / 86_400);
  const free = status.disk_free_bytes === null ? "" : `, ${bytes(status.disk_free_bytes)} free on its disk`;
  return `bloop ${status.version}${free}, up for ${days < 1 ? "less than a day" : `${full(days)} d`}`;
}
