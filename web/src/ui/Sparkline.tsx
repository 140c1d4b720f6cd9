import type { HourlyCount } from "../api/types";
import { nowMs } from "../clock";
import "../styles/sparkline.css";
import { barsPath, dense, windowStart } from "./chart";

const HEIGHT = 20;
const PITCH = 4;

interface SparklineProps {
  counts: readonly HourlyCount[];
  /** Length of the window that ends now. */
  hours: number;
  /** What it shows, for screen readers. */
  label: string;
}

/** Events by the hour as small bars. One path each: a list has hundreds of them. */
export function Sparkline({ counts, hours, label }: SparklineProps) {
  const values = dense(counts, hours, windowStart(hours, nowMs()));
  return (
    <svg
      class="sparkline"
      role="img"
      aria-label={label}
      viewBox={`0 0 ${hours * PITCH - 1} ${HEIGHT}`}
      preserveAspectRatio="none"
    >
      <path d={barsPath(values, HEIGHT, PITCH)} />
    </svg>
  );
}
