import { describe, expect, it } from "vitest";
import {
  barsPath,
  dense,
  eventsWithin,
  HOUR_MS,
  hourAt,
  labelled,
  linePath,
  placeMarks,
  rangeOfHours,
  timeTicks,
  valueAxis,
  windowStart,
} from "../../src/ui/chart";

const NOW = Date.UTC(2026, 0, 31, 14, 25);
const START = windowStart(72, NOW);

describe("a window of hours", () => {
  it("ends with the running hour", () => {
    expect(windowStart(1, NOW)).toBe(Date.UTC(2026, 0, 31, 14));
    expect(START).toBe(Date.UTC(2026, 0, 28, 15));
  });

  it("has zeros where nothing was, and nothing from outside", () => {
    const start = windowStart(3, NOW);
    const counts = [-1, 0, 2, 3].map((hour) => ({ hour_bucket: start + hour * HOUR_MS, count: hour + 5 }));
    expect(dense(counts, 3, start)).toEqual([5, 0, 7]);
    expect(dense([], 2, start)).toEqual([0, 0]);
  });
});

describe("the axis of values", () => {
  it.each([
    [0, [0, 1]],
    [1, [0, 1]],
    [2, [0, 1, 2]],
    [3, [0, 1, 2, 3]],
    [7, [0, 5, 10]],
    [99, [0, 50, 100]],
    [1_234, [0, 500, 1_000, 1_500]],
    [5_000_000, [0, 2_000_000, 4_000_000, 6_000_000]],
  ])("reaches to %d by round numbers", (most, ticks) => {
    expect(valueAxis(most)).toEqual({ top: ticks.at(-1), ticks });
  });

  it("is round and short whatever it has to reach", () => {
    for (let most = 0; most < 50_000; most = Math.ceil(most * 1.07) + 1) {
      const { top, ticks } = valueAxis(most);
      expect(top).toBeGreaterThanOrEqual(most);
      expect(ticks.length).toBeLessThanOrEqual(4);
      expect(ticks.every(Number.isInteger)).toBe(true);
    }
  });
});

describe("the axis of time", () => {
  const ticks = timeTicks(START, NOW);

  it("has local midnights, and the quarters of local days", () => {
    expect(ticks.length).toBe(12);
    for (const tick of ticks) {
      const hour = new Date(tick.at).getHours();
      expect([tick.isMidnight, hour % 6]).toEqual([hour === 0, 0]);
    }
  });

  it("names as many as there is room for, days first", () => {
    const named = (widthPx: number) => labelled(ticks, widthPx, 72 * HOUR_MS).length;
    expect([named(1_000), named(400), named(220), named(100)]).toEqual([12, 6, 3, 2]);
    expect(labelled(ticks, 220, 72 * HOUR_MS).every((tick) => tick.isMidnight)).toBe(true);
  });
});

describe("an outline", () => {
  it("begins and ends at the edges", () => {
    expect(linePath([0, 4, 2], 4, 30, 10)).toBe("M0 10L5 10L15 0L25 5L30 5");
  });

  it("of one hour is a level", () => {
    expect(linePath([3], 4, 20, 8)).toBe("M0 2L10 2L20 2");
  });
});

it("small bars show what is not zero, however little it is", () => {
  expect(barsPath([0, 1, 1_000], 20, 4)).toBe("M4 20v-2h3v2zM8 20v-20h3v20z");
});

describe("marks", () => {
  const x = (at: number) => at;
  const mark = (at: number, label = `v${at}`) => ({ at, label });

  it("have their labels behind them, or before them where there is more room", () => {
    const placed = placeMarks([mark(10, "1.0.0-beta"), mark(40, "1.0"), mark(200, "1.1"), mark(280, "1.1.1")], x, 300);
    expect(placed.map((line) => [line.x, line.text, line.isBefore])).toEqual([
      [10, "", false],
      [40, "1.0", false],
      [200, "1.1", false],
      [280, "1.1.1", true],
    ]);
  });

  it("have no line outside", () => {
    const placed = placeMarks([mark(-5), mark(290, "1.2.3"), mark(500)], x, 300);
    expect(placed.map((line) => line.x)).toEqual([290]);
  });

  it("that are in one place are one line with their number", () => {
    const placed = placeMarks([mark(50), mark(52), mark(53)], x, 300);
    expect(placed.map((line) => [line.x, line.marks.length, line.text])).toEqual([[50, 3, "3 releases"]]);
  });

  it("never lie over each other, however many there are", () => {
    const many = Array.from({ length: 500 }, (_, index) => mark(((index % 12) * 71) % 900, `r${index % 90}`));
    const placed = placeMarks(many, x, 900);
    expect(placed.reduce((sum, line) => sum + line.marks.length, 0)).toBe(500);
    const taken = placed
      .filter((line) => line.text)
      .map(({ x: at, text, isBefore }) => (isBefore ? [at - 4 - text.length * 6, at] : [at, at + 4 + text.length * 6]));
    expect(taken.length).toBeGreaterThan(0);
    for (const [index, [from = 0]] of taken.entries()) {
      expect(from).toBeGreaterThanOrEqual(taken[index - 1]?.[1] ?? 0);
    }
    expect(taken.at(-1)?.[1]).toBeLessThanOrEqual(900);
  });

  it("with long names are cut", () => {
    expect(placeMarks([mark(0, "a".repeat(40))], x, 900)[0]?.text).toBe(`${"a".repeat(15)}…`);
  });
});

describe("choosing", () => {
  it("is the same in both directions, and has the last hour whole", () => {
    const range = { from: START + 2 * HOUR_MS, until: START + 5 * HOUR_MS };
    expect([rangeOfHours(2, 4, START), rangeOfHours(4, 2, START)]).toEqual([range, range]);
  });

  it("stays within the window", () => {
    expect([hourAt(-3, 72, 72), hourAt(10.5, 72, 72), hourAt(999, 72, 72), hourAt(5, 0, 72)]).toEqual([0, 10, 71, 71]);
  });

  it("counts what is in it", () => {
    expect(eventsWithin([1, 2, 4, 8], { from: START + HOUR_MS, until: START + 3 * HOUR_MS }, START)).toBe(6);
  });
});
