/** The parts of a chart of hours. */

import { compact, count, full } from "../format";
import type { Plot, Series } from "./AreaChartPlot";
import { Button } from "./Button";
import { eventsWithin, HOUR_MS, type HourRange, labelled, timeTicks } from "./chart";
import { dayLabel, hourLabel, rangeWords, releaseWords } from "./chartWords";

export function Axes({ plot }: { plot: Plot }) {
  const { axis, widthPx, heightPx, startMs, hours } = plot;
  const spanMs = hours * HOUR_MS;
  const ticks = timeTicks(startMs, startMs + spanMs);
  const named = labelled(ticks, widthPx, spanMs);
  const x = (at: number) => Math.round(((at - startMs) / spanMs) * widthPx) + 0.5;
  return (
    <>
      {axis.ticks.map((tick) => {
        const y = Math.round(heightPx - (tick / axis.top) * heightPx) + 0.5;
        return (
          <g key={tick} class={tick === 0 ? "chart-grid ground" : "chart-grid"}>
            <path d={`M0 ${y}H${widthPx}`} />
            <text x={-8} y={y + 3.5} text-anchor="end">
              {compact(tick)}
            </text>
          </g>
        );
      })}
      {ticks.map((tick) => (
        <path
          key={tick.at}
          class={tick.isMidnight ? "chart-tick day" : "chart-tick"}
          d={`M${x(tick.at)} ${tick.isMidnight ? 0 : heightPx}V${heightPx + (tick.isMidnight ? 6 : 4)}`}
        />
      ))}
      {named.map((tick) => (
        <TickLabel key={tick.at} x={x(tick.at)} widthPx={widthPx} y={heightPx + 16} isDay={tick.isMidnight}>
          {tick.isMidnight ? dayLabel(tick.at) : hourLabel(tick.at)}
        </TickLabel>
      ))}
    </>
  );
}

interface TickLabelProps {
  x: number;
  y: number;
  widthPx: number;
  isDay: boolean;
  children: string;
}

/** Under its tick, unless it would be cut there. */
function TickLabel({ x, y, widthPx, isDay, children }: TickLabelProps) {
  const halfPx = (children.length * 6.4) / 2;
  if (x + halfPx > widthPx + 1 || x - halfPx < -24) return null;
  return (
    <text class={isDay ? "chart-time day" : "chart-time"} x={x} y={y} text-anchor="middle">
      {children}
    </text>
  );
}

export function Band({ plot, range }: { plot: Plot; range: HourRange }) {
  const spanMs = plot.hours * HOUR_MS;
  const x = (at: number) => Math.min(plot.widthPx, Math.max(0, ((at - plot.startMs) / spanMs) * plot.widthPx));
  const [from, until] = [x(range.from), x(range.until)];
  if (until <= from) return null;
  return (
    <g class="chart-band">
      <rect x={from} y={0} width={until - from} height={plot.heightPx} />
      <path d={`M${from} 0V${plot.heightPx}M${until} 0V${plot.heightPx}`} />
    </g>
  );
}

export function Marks({ plot }: { plot: Plot }) {
  return (
    <>
      {plot.marks.map((mark) => (
        <g key={mark.marks[0]?.at} class="chart-mark">
          <path d={`M${mark.x} -14V${plot.heightPx}`} />
          <text x={mark.x + (mark.isBefore ? -4 : 4)} y={-6} text-anchor={mark.isBefore ? "end" : "start"}>
            {mark.text}
          </text>
        </g>
      ))}
    </>
  );
}

export function Cursor({ plot, hour }: { plot: Plot; hour: number }) {
  const x = ((hour + 0.5) / plot.hours) * plot.widthPx;
  return (
    <g class="chart-cursor">
      <path d={`M${x} 0V${plot.heightPx}`} />
      {plot.values.map((values, index) => (
        <circle
          key={index}
          class={`of-${index + 1}`}
          cx={x}
          cy={plot.heightPx - ((values[hour] ?? 0) / plot.axis.top) * plot.heightPx}
          r={3.5}
        />
      ))}
    </g>
  );
}

interface TipProps {
  plot: Plot;
  hour: number;
  here: readonly { label: string; value: number }[];
  released: readonly string[];
}

/** What the hour under the cursor has, beside it and never under the finger. Screen readers hear the slider's value. */
export function Tip({ plot, hour, here, released }: TipProps) {
  const x = plot.leftPx + ((hour + 0.5) / plot.hours) * plot.widthPx;
  const isRight = hour >= plot.hours / 2;
  const at = plot.startMs + hour * HOUR_MS;
  const side = isRight ? { right: `${plot.leftPx + plot.widthPx - x + 10}px` } : { left: `${x + 10}px` };
  return (
    <div class="chart-tip" style={side} aria-hidden="true">
      <span class="quiet small">
        {rangeWords({ from: at, until: at + HOUR_MS })}
        {hour === plot.hours - 1 && ", so far"}
      </span>
      {here.map((one, index) => (
        <span key={index}>
          {here.length > 1 && <i class={`chart-swatch of-${index + 1}`} />}
          <b>{full(one.value)}</b> {here.length > 1 ? <bdi>{one.label}</bdi> : one.value === 1 ? "event" : "events"}
        </span>
      ))}
      {released.length > 0 && <span class="small">{releaseWords(released)}</span>}
    </div>
  );
}

export function Legend({ series }: { series: readonly Series[] }) {
  return (
    <ul class="chart-legend">
      {series.map((one, index) => (
        <li key={index}>
          <i class={`chart-swatch of-${index + 1}`} />
          <bdi class="ellipsis">{one.label}</bdi>
        </li>
      ))}
    </ul>
  );
}

interface ChosenProps {
  plot: Plot;
  range: HourRange | null;
  isDraft: boolean;
  onClear: () => void;
}

/** The hours that are chosen, and the way back; its place is there also while there is none, so that nothing jumps. */
export function Chosen({ plot, range, isDraft, onClear }: ChosenProps) {
  if (!range) return <span class="quiet small">Drag over the chart to choose hours</span>;
  const [values = []] = plot.values;
  const isWhole = range.from >= plot.startMs;
  return (
    <>
      <span class="ellipsis" role={isDraft ? undefined : "status"}>
        <b>{rangeWords(range)}</b>
        {isWhole && <span class="quiet"> · {count(eventsWithin(values, range, plot.startMs), "event")}</span>}
      </span>
      {!isDraft && (
        <Button kind="quiet" size="small" icon="close" label="Clear the choice" onClick={onClear}>
          Clear
        </Button>
      )}
    </>
  );
}
