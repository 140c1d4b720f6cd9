/** TODO of its owner (H5). */
import type { HourlyCount } from "../api/types";

export interface Mark {
  /** Epoch milliseconds. */
  at: number;
  /** Such as a release. */
  label: string;
}

export interface Series {
  label: string;
  counts: readonly HourlyCount[];
}

interface AreaChartProps {
  /** One, or two that are compared on one axis. */
  series: readonly Series[];
  /** Length of the window that ends now. */
  hours: number;
  marks?: readonly Mark[];
  /** Called with epoch milliseconds when a part was dragged over, or chosen by keyboard; null: none any more. */
  onSelect?: (range: { from: number; until: number } | null) => void;
  selected?: { from: number; until: number } | null;
  heightPx?: number;
  /** What it shows, for screen readers. */
  label: string;
}

export function AreaChart({ label }: AreaChartProps) {
  return <svg class="area-chart" role="img" aria-label={label} />;
}
