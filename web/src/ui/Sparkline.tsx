/** TODO of its owner (H5). */
import type { HourlyCount } from "../api/types";

interface SparklineProps {
  counts: readonly HourlyCount[];
  /** Length of the window that ends now. */
  hours: number;
  /** What it shows, for screen readers. */
  label: string;
}

export function Sparkline({ label }: SparklineProps) {
  return <svg class="sparkline" role="img" aria-label={label} />;
}
