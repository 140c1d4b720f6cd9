/** Where things stand on a chart of hours: values, axes, marks and ranges. Pure. */

import type { HourlyCount } from "../api/types";

export const HOUR_MS = 3_600_000;

/** In epoch milliseconds; `until` is the first one behind it. */
export interface HourRange {
  from: number;
  until: number;
}

/** Return the first millisecond of the window of so many hours of which the last is the running one. */
export function windowStart(hours: number, nowMs: number): number {
  return (Math.floor(nowMs / HOUR_MS) - hours + 1) * HOUR_MS;
}

/** Return the events of each hour of a window, oldest first; what lies outside of it is left out. */
export function dense(counts: readonly HourlyCount[], hours: number, startMs: number): number[] {
  const values = new Array<number>(hours).fill(0);
  for (const { hour_bucket, count } of counts) {
    const index = Math.floor((hour_bucket - startMs) / HOUR_MS);
    if (index >= 0 && index < hours) values[index] = (values[index] ?? 0) + count;
  }
  return values;
}

export interface ValueAxis {
  top: number;
  /** From 0 to the top. */
  ticks: number[];
}

/** Return an axis of few round numbers that reaches at least to `most`. */
export function valueAxis(most: number, parts = 3): ValueAxis {
  const rough = Math.max(1, most) / parts;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = Math.max(1, power * ([1, 2, 5, 10].find((nice) => nice * power >= rough) ?? 10));
  const top = Math.max(1, Math.ceil(most / step)) * step;
  return { top, ticks: Array.from({ length: Math.round(top / step) + 1 }, (_, index) => index * step) };
}

interface TimeTick {
  at: number;
  /** A day begins; else another six hours of it have passed. */
  isMidnight: boolean;
}

/** Return the local midnights, and the local hours 6, 12 and 18, within a window. */
export function timeTicks(startMs: number, endMs: number): TimeTick[] {
  const first = new Date(startMs);
  const [year, month, day] = [first.getFullYear(), first.getMonth(), first.getDate()];
  const ticks: TimeTick[] = [];
  for (let quarter = 0; ; quarter += 1) {
    // By the calendar, since a day in which clocks are changed has no 24 hours.
    const at = new Date(year, month, day, quarter * 6).getTime();
    if (at >= endMs) return ticks;
    if (at >= startMs) ticks.push({ at, isMidnight: quarter % 4 === 0 });
  }
}

/** Return the ticks that have a label: as many as there is room for, days before hours. */
export function labelled(ticks: readonly TimeTick[], widthPx: number, spanMs: number): TimeTick[] {
  const pxOfDay = (widthPx * 24 * HOUR_MS) / spanMs;
  if (pxOfDay >= 4 * LABEL_PX) return [...ticks];
  if (pxOfDay >= 2 * LABEL_PX) return ticks.filter((tick) => tick.isMidnight || isNoon(tick.at));
  const days = ticks.filter((tick) => tick.isMidnight);
  const every = Math.max(1, Math.ceil(DAY_LABEL_PX / pxOfDay));
  return days.filter((_, index) => index % every === 0);
}

const LABEL_PX = 40;
const DAY_LABEL_PX = 64;

function isNoon(at: number): boolean {
  return new Date(at).getHours() === 12;
}

/** Return the outline of values as an SVG path; it begins and ends at the edges, half an hour beside the outer ones. */
export function linePath(values: readonly number[], top: number, widthPx: number, heightPx: number): string {
  const step = widthPx / values.length;
  const y = (value: number) => round(heightPx - (value / top) * heightPx);
  const points = values.map((value, index) => `${round((index + 0.5) * step)} ${y(value)}`);
  return `M0 ${y(values[0] ?? 0)}L${points.join("L")}L${round(widthPx)} ${y(values.at(-1) ?? 0)}`;
}

/** Return the outline closed along the bottom. */
export function areaPath(values: readonly number[], top: number, widthPx: number, heightPx: number): string {
  return `${linePath(values, top, widthPx, heightPx)}V${round(heightPx)}H0Z`;
}

/** Return the bars of values as one SVG path, each `pitch` units apart. What is not zero is seen. */
export function barsPath(values: readonly number[], heightPx: number, pitch: number): string {
  const most = Math.max(1, ...values);
  return values
    .map((value, index) => {
      if (value <= 0) return "";
      const height = Math.max(2, round((value / most) * heightPx));
      return `M${index * pitch} ${heightPx}v${-height}h${pitch - 1}v${height}z`;
    })
    .join("");
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

export interface PlacedMark<M> {
  x: number;
  /** Those that stand so near each other that they have one line. */
  marks: M[];
  /** Beside the line; empty where there is no room. */
  text: string;
  /** On which side. */
  isBefore: boolean;
}

/** Lines nearer than this are one. */
const SAME_LINE_PX = 5;
const LETTER_PX = 6.6;
/** Between a line and its label. */
const BESIDE_PX = 4;
const LONGEST_TEXT = 16;

/** Return the lines of marks and their labels, none over another, nor beyond the edge. The newest are labelled first. */
export function placeMarks<M extends { at: number; label: string }>(
  marks: readonly M[],
  x: (at: number) => number,
  widthPx: number,
): PlacedMark<M>[] {
  const placed = linesOf(marks, x, widthPx);
  let free = widthPx;
  for (const [index, line] of [...placed.entries()].reverse()) {
    const text = line.marks.length === 1 ? shortened(line.marks[0]?.label ?? "") : `${line.marks.length} releases`;
    const wantedPx = BESIDE_PX + text.length * LETTER_PX;
    const before = placed[index - 1]?.x ?? 0;
    const fitsBehind = line.x + wantedPx <= free;
    line.isBefore = !fitsBehind && line.x <= free && line.x - wantedPx >= before;
    if (fitsBehind || line.isBefore) line.text = text;
    free = Math.min(free, (line.isBefore ? line.x - wantedPx : line.x) - 2);
  }
  return placed;
}

function linesOf<M extends { at: number }>(
  marks: readonly M[],
  x: (at: number) => number,
  widthPx: number,
): PlacedMark<M>[] {
  const lines: PlacedMark<M>[] = [];
  for (const mark of [...marks].sort((one, other) => one.at - other.at)) {
    const at = x(mark.at);
    if (at < 0 || at > widthPx) continue;
    const last = lines.at(-1);
    if (last && at - last.x < SAME_LINE_PX) last.marks.push(mark);
    else lines.push({ x: at, marks: [mark], text: "", isBefore: false });
  }
  return lines;
}

function shortened(label: string): string {
  const letters = [...label];
  return letters.length > LONGEST_TEXT ? `${letters.slice(0, LONGEST_TEXT - 1).join("")}…` : label;
}

/** Return the hours from one to another, whichever comes first, as a range. */
export function rangeOfHours(one: number, other: number, startMs: number): HourRange {
  const [first, last] = one < other ? [one, other] : [other, one];
  return { from: startMs + first * HOUR_MS, until: startMs + (last + 1) * HOUR_MS };
}

/** Return the hour at a place, kept within the window. */
export function hourAt(xPx: number, widthPx: number, hours: number): number {
  return Math.min(hours - 1, Math.max(0, Math.floor((xPx / Math.max(1, widthPx)) * hours)));
}

/** Return the events within a range. */
export function eventsWithin(values: readonly number[], range: HourRange, startMs: number): number {
  return values.reduce((sum, value, index) => {
    const at = startMs + index * HOUR_MS;
    return at >= range.from && at < range.until ? sum + value : sum;
  }, 0);
}
