// biome-ignore-all lint/a11y/useSemanticElements: rows of a table cannot be windowed, nor become cards
import type { ComponentChildren, Ref } from "preact";
import { useCallback, useEffect, useImperativeHandle, useLayoutEffect, useRef, useState } from "preact/hooks";

/** Rows from `first` up to, and without, `end`. */
export interface Stretch {
  first: number;
  end: number;
}

export interface RowsHandle {
  /** Scroll as little as it takes to have a row in sight, and draw it at once. */
  show: (index: number) => void;
}

interface VirtualRowsProps {
  count: number;
  /** Of every row alike. */
  rowPx: number;
  /** Is drawn wherever the page stands: the row that has the focus must not go. */
  keep?: number | null;
  /** Draw a row at its place, which `style` has. */
  row: (index: number, style: { transform: string; height: string }) => ComponentChildren;
  /** Told of the rows in sight. */
  onWindow: (seen: Stretch) => void;
  /** What lies over the page at its top and foot. */
  coveredPx?: { top: number; foot: number };
  rowsRef: Ref<RowsHandle>;
}

/** Rows that are drawn beyond those in sight, at either end. */
const SPARE = 8;

/** Return the rows that are in sight: `topPx` is where the first begins, from the upper edge of the window. */
export function rowsInSight(topPx: number, windowPx: number, rowPx: number, count: number): Stretch {
  const first = Math.min(Math.max(0, Math.floor(-topPx / rowPx)), count);
  const end = Math.min(Math.max(first, Math.ceil((windowPx - topPx) / rowPx)), count);
  return { first, end };
}

/** Return by how much to scroll, so that a row from `topPx` to `endPx` is in sight. */
export function scrollFor(topPx: number, endPx: number, fromPx: number, untilPx: number): number {
  if (topPx < fromPx) return topPx - fromPx;
  return endPx > untilPx ? Math.min(endPx - untilPx, topPx - fromPx) : 0;
}

/** Return the rows to draw: those in sight, some spare ones, and the kept one at its place in the order. */
export function rowsToDraw({ first, end }: Stretch, count: number, keep: number | null = null): number[] {
  const [from, to] = [Math.max(0, first - SPARE), Math.min(count, end + SPARE)];
  const drawn = Array.from({ length: Math.max(0, to - from) }, (_, index) => from + index);
  if (keep === null || keep >= count || keep < 0 || (keep >= from && keep < to)) return drawn;
  return keep < from ? [keep, ...drawn] : [...drawn, keep];
}

/** Rows of one height, of which those in sight are drawn; it is the page that scrolls, and its bar tells what is there. */
export function VirtualRows({ count, rowPx, keep, row, onWindow, coveredPx, rowsRef }: VirtualRowsProps) {
  const root = useRef<HTMLDivElement>(null);
  const [seen, setSeen] = useState<Stretch>({ first: 0, end: 0 });
  const given = useRef({ count, rowPx });
  given.current = { count, rowPx };

  const look = useCallback(() => {
    const topPx = root.current?.getBoundingClientRect().top ?? 0;
    const now = rowsInSight(topPx, innerHeight, given.current.rowPx, given.current.count);
    setSeen((before) => (before.first === now.first && before.end === now.end ? before : now));
  }, []);

  // Before anything is painted, and whenever what lies above has another height.
  useLayoutEffect(look, [count, rowPx]);
  useEffect(() => {
    const watched = new ResizeObserver(look);
    watched.observe(document.body);
    addEventListener("scroll", look, { passive: true });
    addEventListener("resize", look);
    return () => {
      watched.disconnect();
      removeEventListener("scroll", look);
      removeEventListener("resize", look);
    };
  }, []);
  useEffect(() => onWindow(seen), [seen, count]);

  // Of rows that come and go, one may go with the focus: that is for the row at hand then, so that the keyboard goes on.
  const hadFocus = root.current?.contains(document.activeElement) ?? false;
  useLayoutEffect(() => {
    if (!hadFocus || document.activeElement !== document.body) return;
    root.current?.querySelector<HTMLElement>('[tabindex="0"]')?.focus({ preventScroll: true });
  });

  useImperativeHandle(
    rowsRef,
    () => ({
      show: (index: number) => {
        const topPx = (root.current?.getBoundingClientRect().top ?? 0) + index * rowPx;
        const untilPx = innerHeight - (coveredPx?.foot ?? 0);
        scrollBy({ top: scrollFor(topPx, topPx + rowPx, coveredPx?.top ?? 0, untilPx), behavior: "instant" });
        look();
      },
    }),
    [rowPx, coveredPx?.top, coveredPx?.foot],
  );

  return (
    <div ref={root} role="rowgroup" class="virtual-rows" style={{ height: `${count * rowPx}px` }}>
      {rowsToDraw(seen, count, keep).map((index) =>
        row(index, { transform: `translateY(${index * rowPx}px)`, height: `${rowPx}px` }),
      )}
    </div>
  );
}
