/** What a chart of hours draws, and where. Pure: the clock and the width are given. */

import type { HourlyCount } from "../api/types";
import { compact } from "../format";
import { dense, HOUR_MS, type PlacedMark, placeMarks, type ValueAxis, valueAxis, windowStart } from "./chart";

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

/** Where the plot lies in the drawing. */
export const TOP_PX = 18;
export const BOTTOM_PX = 20;
export const RIGHT_PX = 1;

/** What is drawn, and where. */
export interface Plot {
  hours: number;
  startMs: number;
  values: readonly (readonly number[])[];
  axis: ValueAxis;
  leftPx: number;
  widthPx: number;
  heightPx: number;
  marks: readonly PlacedMark<Mark>[];
}

/** Return where all of it lies in a drawing of that size. */
export function plotOf(
  series: readonly Series[],
  hours: number,
  marks: readonly Mark[],
  wholePx: number,
  wholeHeightPx: number,
  nowMs: number,
): Plot {
  const startMs = windowStart(hours, nowMs);
  const values = series.map((one) => dense(one.counts, hours, startMs));
  const axis = valueAxis(Math.max(0, ...values.map((each) => Math.max(...each))));
  const leftPx = 14 + compact(axis.top).length * 7;
  const widthPx = Math.max(1, wholePx - leftPx - RIGHT_PX);
  const x = (at: number) => ((at - startMs) / (hours * HOUR_MS)) * widthPx;
  return {
    hours,
    startMs,
    values,
    axis,
    leftPx,
    widthPx,
    heightPx: wholeHeightPx - TOP_PX - BOTTOM_PX,
    marks: placeMarks(marks, x, widthPx),
  };
}
