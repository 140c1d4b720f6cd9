import type { DryRun } from "../../../api/types";
import { nowMs } from "../../../clock";
import { count } from "../../../format";

const DAY_MS = 86_400_000;
const BINS_A_DAY = 4;
const HEIGHT = 48;
const WIDTH = 280;

/** Return how many of some moments lie in each of `bins` equal parts of the time from `fromMs` to `untilMs`. Pure. */
export function binned(momentsMs: readonly number[], fromMs: number, untilMs: number, bins: number): number[] {
  const counts = new Array<number>(bins).fill(0);
  for (const moment of momentsMs) {
    const bin = Math.min(bins - 1, Math.floor(((moment - fromMs) / (untilMs - fromMs)) * bins));
    if (bin >= 0) counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return counts;
}

/** When a rule would have fired, a bar for every six hours; what lies before anything is stored is hatched. */
export function Timeline({ run, days }: { run: DryRun; days: number }) {
  const untilMs = nowMs();
  const fromMs = untilMs - days * DAY_MS;
  const counts = binned(
    run.fired.map((alert) => alert.fired_at),
    fromMs,
    untilMs,
    days * BINS_A_DAY,
  );
  const most = Math.max(1, ...counts);
  const step = WIDTH / counts.length;
  const unknown = Math.max(0, Math.min(1, (run.oldest_at - fromMs) / (untilMs - fromMs))) * WIDTH;
  const newest = run.total > run.fired.length ? `, of which the newest ${run.fired.length} are drawn` : "";
  return (
    <figure class="fired-bars">
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${count(run.total, "alert")} in ${days} days${newest}; at most ${most === 1 && run.total === 0 ? 0 : most} in six hours`}
      >
        {unknown > 1 && <rect class="fired-unknown" x={0} y={0} width={unknown} height={HEIGHT} />}
        {counts.map((value, bin) =>
          value === 0 ? null : (
            <rect
              key={bin}
              class="fired-bar"
              x={bin * step + 0.75}
              width={step - 1.5}
              y={HEIGHT - Math.max(3, (value / most) * (HEIGHT - 4))}
              height={Math.max(3, (value / most) * (HEIGHT - 4))}
            />
          ),
        )}
        <line class="fired-axis" x1={0} x2={WIDTH} y1={HEIGHT - 0.5} y2={HEIGHT - 0.5} />
      </svg>
      <figcaption aria-hidden="true">
        <span>{days} days ago</span>
        {newest && <span>the newest {run.fired.length}</span>}
        <span>now</span>
      </figcaption>
    </figure>
  );
}
