/** Numbers and times as people read them. Pure: the clock and the language are given. */

const UNITS: readonly [unit: Intl.RelativeTimeFormatUnit, secs: number][] = [
  ["year", 31_557_600],
  ["month", 2_629_800],
  ["week", 604_800],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

/** Return how long ago `ms` was, or how far ahead it is: "5m ago", "in 3d"; less than a minute is "now". */
export function ago(ms: number, nowMs: number, language?: string): string {
  const secs = Math.round((ms - nowMs) / 1000);
  for (const [unit, size] of UNITS) {
    if (Math.abs(secs) >= size) {
      const words = new Intl.RelativeTimeFormat(language ?? "en", { style: "narrow", numeric: "always" });
      return words.format(secs < 0 ? Math.ceil(secs / size) : Math.round(secs / size), unit);
    }
  }
  return "now";
}

/** Return the exact time with its zone, for titles. */
export function exactTime(ms: number, language?: string): string {
  return new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "long" }).format(ms);
}

/** Return a number in few characters: 999, 1.2K, 3.4M. The full one belongs in a title. */
export function compact(value: number): string {
  return new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 }).format(value);
}

/** Return a number with its thousands apart. */
export function full(value: number): string {
  return new Intl.NumberFormat("en").format(value);
}

/** Return "1 user", "2 users". */
export function count(value: number, one: string, many = `${one}s`): string {
  return `${full(value)} ${value === 1 ? one : many}`;
}

/** Return a share of one in per cent: "38%", "<1%"; never as none or all while it is neither. */
export function percent(share: number): string {
  if (share > 0 && share < 0.01) return "<1%";
  return `${share < 1 ? Math.min(99, Math.round(share * 100)) : 100}%`;
}

const BYTE_UNITS = ["B", "kB", "MB", "GB", "TB"] as const;

/** Return a size in units of a thousand, as the server's own sentences have them: "1.5 MB". */
export function bytes(value: number): string {
  let [scaled, step] = [value, 0];
  // What would be rounded to a thousand of one unit is one of the next.
  while (scaled >= 999.5 && step < BYTE_UNITS.length - 1) {
    scaled /= 1000;
    step += 1;
  }
  return `${step === 0 || scaled >= 100 ? Math.round(scaled) : Number(scaled.toFixed(1))} ${BYTE_UNITS[step]}`;
}
