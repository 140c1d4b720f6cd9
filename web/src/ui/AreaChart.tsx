import { useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import { nowMs } from "../clock";
import { count, full } from "../format";
import "../styles/area-chart.css";
import { useChoice } from "./AreaChartChoice";
import { Axes, Band, Chosen, Cursor, Legend, Marks, Tip } from "./AreaChartParts";
import { BOTTOM_PX, type Mark, type Plot, plotOf, RIGHT_PX, type Series, TOP_PX } from "./AreaChartPlot";
import { areaPath, HOUR_MS, type HourRange, linePath } from "./chart";
import { hourWords, rangeWords, releaseWords } from "./chartWords";

interface AreaChartProps {
  /** One, or two that are compared on one axis. */
  series: readonly Series[];
  /** Length of the window that ends now. */
  hours: number;
  marks?: readonly Mark[];
  /** Called with epoch milliseconds when a part was dragged over, or chosen by keyboard; null: none any more. */
  onSelect?: (range: HourRange | null) => void;
  selected?: HourRange | null;
  heightPx?: number;
  /** What it shows, for screen readers. */
  label: string;
}

/** Before the width is known, and where there is no layout. */
const USUAL_WIDTH_PX = 640;

/** Events by the hour, with a time axis, releases as lines, and a part that can be chosen by dragging or by keyboard. */
export function AreaChart({
  series,
  hours,
  marks = [],
  onSelect,
  selected = null,
  heightPx = 160,
  label,
}: AreaChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const wholePx = useWidth(box);
  const plot = plotOf(series, hours, marks, wholePx, heightPx, nowMs());
  const choice = useChoice(plot, onSelect, selected);
  const id = useId();
  const { cursor } = choice;
  const shown = choice.draft ?? selected;
  const at = plot.startMs + (cursor ?? hours - 1) * HOUR_MS;
  const here = series.map((one, index) => ({
    label: one.label,
    value: plot.values[index]?.[cursor ?? hours - 1] ?? 0,
  }));
  const released = marks.filter((mark) => mark.at >= at && mark.at < at + HOUR_MS).map((mark) => mark.label);
  function clear(): void {
    onSelect?.(null);
    box.current?.querySelector<HTMLElement>("[role=slider]")?.focus(); // its button goes with what it clears
  }
  return (
    <figure class="area-chart" aria-label={label}>
      {series.length > 1 && <Legend series={series} />}
      <div ref={box} class="chart-box" style={{ height: `${heightPx}px` }}>
        <svg aria-hidden="true" viewBox={`0 0 ${wholePx} ${heightPx}`}>
          <g transform={`translate(${plot.leftPx} ${TOP_PX})`}>
            <Axes plot={plot} />
            {shown && <Band plot={plot} range={shown} />}
            {plot.values.map((values, index) => (
              <g key={index} class={`chart-series of-${index + 1}`}>
                <path class="chart-area" d={areaPath(values, plot.axis.top, plot.widthPx, plot.heightPx)} />
                <path class="chart-line" d={linePath(values, plot.axis.top, plot.widthPx, plot.heightPx)} />
              </g>
            ))}
            <Marks plot={plot} />
            {cursor !== null && <Cursor plot={plot} hour={cursor} />}
          </g>
        </svg>
        {plot.values.every((values) => values.every((value) => value === 0)) && (
          <p class="chart-none quiet">No events in these {hours} hours</p>
        )}
        <div
          class={onSelect ? "chart-hand choosing" : "chart-hand"}
          style={{ left: `${plot.leftPx}px`, right: `${RIGHT_PX}px`, top: `${TOP_PX}px`, bottom: `${BOTTOM_PX}px` }}
          role="slider"
          tabIndex={0}
          aria-label={`${label}, by the hour`}
          aria-orientation="horizontal"
          aria-valuemin={0}
          aria-valuemax={hours - 1}
          aria-valuenow={cursor ?? hours - 1}
          aria-valuetext={hourWords(at, here, released, (cursor ?? hours - 1) === hours - 1)}
          aria-describedby={`${id}-whole`}
          {...choice.events}
        />
        {cursor !== null && <Tip plot={plot} hour={cursor} here={here} released={released} />}
      </div>
      <p id={`${id}-whole`} class="unseen">
        {wholeInWords(series, plot, marks, onSelect !== undefined)}
      </p>
      {onSelect && (
        <figcaption class="chart-choice">
          <Chosen plot={plot} range={shown} isDraft={choice.draft !== null} onClear={clear} />
        </figcaption>
      )}
    </figure>
  );
}

/** Return how wide an element is, from the first time that it is seen. */
function useWidth(box: { readonly current: HTMLElement | null }): number {
  const [width, setWidth] = useState(USUAL_WIDTH_PX);
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const measure = () => {
      if (element.clientWidth > 0) setWidth(element.clientWidth);
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return width;
}

function wholeInWords(series: readonly Series[], plot: Plot, marks: readonly Mark[], canChoose: boolean): string {
  const each = series.map((one, index) => {
    const values = plot.values[index] ?? [];
    const most = Math.max(0, ...values);
    const at = plot.startMs + values.indexOf(most) * HOUR_MS;
    const total = values.reduce((sum, value) => sum + value, 0);
    const peak = most > 0 ? `, most of them ${rangeWords({ from: at, until: at + HOUR_MS })}: ${full(most)}` : "";
    return `${series.length > 1 ? `${one.label}: ` : ""}${count(total, "event")} in ${plot.hours} hours${peak}.`;
  });
  const inView = marks.filter((mark) => mark.at >= plot.startMs).map((mark) => mark.label);
  if (inView.length) each.push(`${releaseWords(inView)}.`);
  if (canChoose) each.push("Arrows move by the hour, with Shift they choose hours, Esc clears the choice.");
  return each.join(" ");
}
