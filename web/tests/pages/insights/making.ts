import type { EnvironmentLoad, ErrorMover, ErrorPair, ErrorSpike, ReleaseImpact } from "../../../src/api/types";

/** Rows as the server answers them: the numbers are those of its own examples. */

const ERROR = { fingerprint: "4f1c", error_type: "CartError", message: "the cart is empty", project_id: "p1" };

export function aSpike(changes: Partial<ErrorSpike> = {}): ErrorSpike {
  return {
    ...ERROR,
    hour_bucket: Date.UTC(2026, 0, 31, 14),
    count: 100,
    mean: 5.714285714,
    stddev: 21.603571133,
    zscore: 4.364357805,
    hours: 21,
    is_running: false,
    rule: {
      type: "spike",
      fingerprint: "4f1c",
      multiplier: 9.25,
      baseline_window_secs: 259_200,
      compare_window_secs: 3_600,
      min_count: 5,
    },
    ...changes,
  };
}

export function aMover(changes: Partial<ErrorMover> = {}): ErrorMover {
  return {
    ...ERROR,
    count_current: 60,
    count_previous: 12,
    delta: 48,
    delta_pct: 400,
    moved_at: Date.UTC(2026, 0, 31, 14),
    moved_first: false,
    rule: {
      type: "mover",
      fingerprint: "4f1c",
      direction: "up",
      percent: 200,
      min_change: 8,
      window_secs: 86_400,
    },
    ...changes,
  };
}

export function aPair(changes: Partial<ErrorPair> = {}): ErrorPair {
  return {
    fingerprint_a: "4f1c",
    fingerprint_b: "90ab",
    message_a: "the cart is empty",
    message_b: "the till is shut",
    correlation: 0.9,
    project_id: "p1",
    error_type_a: "CartError",
    error_type_b: "TillError",
    shared_hours: 6,
    correlation_low: 0.3317,
    overlap: 0.6,
    ...changes,
  };
}

export function anImpact(changes: Partial<ReleaseImpact> = {}): ReleaseImpact {
  return {
    release: "1.1",
    first_seen: Date.UTC(2026, 0, 31, 14),
    error_count: 20,
    unique_fingerprints: 2,
    new_fingerprints: 1,
    error_delta: 10,
    impact_score: 110,
    project_id: "p1",
    previous_release: "1.0",
    last_seen: Date.UTC(2026, 0, 31, 20),
    exposure_hours: 40,
    errors_per_hour: 0.5,
    rate_delta_pct: 25,
    ...changes,
  };
}

export function aLoad(changes: Partial<EnvironmentLoad> = {}): EnvironmentLoad {
  return {
    environment: "production",
    total_count: 10,
    unique_errors: 3,
    pct_of_total: 62.5,
    p50_hourly: 2.5,
    p90_hourly: 3.7,
    p99_hourly: 3.97,
    project_id: "p1",
    hours: 4,
    ...changes,
  };
}
