/** Pointing at the hours of a chart and choosing some of them, by pointer and by keyboard. */

import { useRef, useState } from "preact/hooks";
import type { Plot } from "./AreaChartPlot";
import { type HourRange, hourAt, rangeOfHours } from "./chart";

/** Less is a press, and no dragging. */
const DRAG_PX = 4;

export interface Choice {
  /** The hour that is pointed at. */
  cursor: number | null;
  /** What is being chosen. */
  draft: HourRange | null;
  events: Record<string, unknown>;
}

/** State of pointing and choosing; `events` belong to the element that lies over the plot. */
export function useChoice(
  plot: Plot,
  onSelect: ((range: HourRange | null) => void) | undefined,
  selected: HourRange | null,
): Choice {
  const [cursor, setCursor] = useState<number | null>(null);
  /** Where choosing has begun; it goes on to the cursor. */
  const [anchor, setAnchor] = useState<number | null>(null);
  const pressedAt = useRef<number | null>(null);
  const last = plot.hours - 1;
  const now = Math.min(cursor ?? last, last);
  const draft = anchor === null ? null : rangeOfHours(Math.min(anchor, last), now, plot.startMs);
  const hourOf = (event: PointerEvent) => {
    const left = (event.currentTarget as HTMLElement).getBoundingClientRect().left;
    return hourAt(event.clientX - left, plot.widthPx, plot.hours);
  };

  function finish(range: HourRange | null): void {
    setAnchor(null);
    pressedAt.current = null;
    if (range) onSelect?.(range);
  }

  function move(event: PointerEvent): void {
    const pressed = pressedAt.current;
    setCursor(hourOf(event));
    if (pressed === null || anchor !== null || Math.abs(event.clientX - pressed) < DRAG_PX) return;
    const left = (event.currentTarget as HTMLElement).getBoundingClientRect().left;
    setAnchor(hourAt(pressed - left, plot.widthPx, plot.hours));
  }

  function press(event: KeyboardEvent): void {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const next = hourAfter(event.key, now, last);
    if (next !== null) step(next, event.shiftKey && onSelect !== undefined);
    else if (!(onSelect && decide(event.key, onSelect))) return;
    event.preventDefault();
  }

  function decide(key: string, choose: (range: HourRange | null) => void): boolean {
    if (key === "Enter") finish(draft ?? rangeOfHours(now, now, plot.startMs));
    else if (key === "Escape" && draft) setAnchor(null);
    else if (key === "Escape" && selected) choose(null);
    else return false;
    return true;
  }

  function step(next: number, isChoosing: boolean): void {
    setAnchor(isChoosing ? (anchor ?? now) : null);
    setCursor(next);
  }

  const events = {
    onPointerMove: move,
    onPointerDown: (event: PointerEvent) => {
      setCursor(hourOf(event));
      if (event.button !== 0 || !onSelect) return;
      pressedAt.current = event.clientX;
      (event.currentTarget as HTMLElement).setPointerCapture?.(event.pointerId);
    },
    onPointerUp: () => finish(draft),
    onPointerCancel: () => {
      finish(null);
      setCursor(null);
    },
    onPointerLeave: () => {
      if (pressedAt.current === null) setCursor(null);
    },
    onKeyDown: press,
    onKeyUp: (event: KeyboardEvent) => {
      if (event.key === "Shift" && draft && pressedAt.current === null) finish(draft);
    },
    onFocus: (event: FocusEvent) => {
      // Whoever has pressed it points at an hour already.
      if ((event.currentTarget as HTMLElement).matches(":focus-visible")) setCursor((before) => before ?? last);
    },
    onBlur: () => {
      finish(null);
      setCursor(null);
    },
  };
  return { cursor: cursor === null ? null : now, draft, events };
}

/** Return the hour that a key leads to; null if it leads nowhere. */
function hourAfter(key: string, now: number, last: number): number | null {
  const steps: Record<string, number> = {
    ArrowRight: now + 1,
    ArrowUp: now + 1,
    ArrowLeft: now - 1,
    ArrowDown: now - 1,
    PageUp: now + 24,
    PageDown: now - 24,
    Home: 0,
    End: last,
  };
  const next = steps[key];
  return next === undefined ? null : Math.min(last, Math.max(0, next));
}
