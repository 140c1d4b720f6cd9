import { expect, it } from "vitest";
import { rowsInSight, rowsToDraw, scrollFor } from "../../src/ui/VirtualRows";

it.each([
  ["at the top of the page, with something above", 200, { first: 0, end: 12 }],
  ["scrolled by three rows and a half", -175, { first: 3, end: 20 }],
  ["at the end", -99_200, { first: 1984, end: 2000 }],
  ["far below the list", -200_000, { first: 2000, end: 2000 }],
  ["the list still below the window", 900, { first: 0, end: 0 }],
])("tells which rows are in sight: %s", (_, topPx, seen) => {
  expect(rowsInSight(topPx, 800, 50, 2000)).toEqual(seen);
});

it("draws a few rows more than are in sight, however many there are", () => {
  const drawn = rowsToDraw({ first: 50_000, end: 50_016 }, 100_000);
  expect([drawn[0], drawn.at(-1), drawn.length]).toEqual([49_992, 50_023, 32]);
  expect(rowsToDraw({ first: 0, end: 3 }, 3)).toEqual([0, 1, 2]);
  expect(rowsToDraw({ first: 0, end: 0 }, 0)).toEqual([]);
});

it("keeps one row wherever it is, in the order of the rows", () => {
  expect(rowsToDraw({ first: 20, end: 22 }, 100, 2).slice(0, 2)).toEqual([2, 12]);
  expect(rowsToDraw({ first: 20, end: 22 }, 100, 90).slice(-2)).toEqual([29, 90]);
  expect(rowsToDraw({ first: 20, end: 22 }, 100, 21)).toHaveLength(18);
  expect(rowsToDraw({ first: 0, end: 2 }, 2, 7)).toEqual([0, 1]);
});

it("scrolls as little as it takes, below what lies over the page", () => {
  expect(scrollFor(300, 350, 80, 800)).toBe(0);
  expect(scrollFor(60, 110, 80, 800)).toBe(-20);
  expect(scrollFor(790, 840, 80, 800)).toBe(40);
  expect(scrollFor(300, 900, 80, 200)).toBe(220);
});
