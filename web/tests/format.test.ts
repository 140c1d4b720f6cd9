import { describe, expect, it } from "vitest";
import { ago, bytes, compact, count, full, percent } from "../src/format";

const NOW = Date.UTC(2026, 4, 10, 12);
const [SEC, MIN, HOUR, DAY] = [1_000, 60_000, 3_600_000, 86_400_000];

describe("ago", () => {
  it.each([
    [0, "now"],
    [59 * SEC, "now"],
    [MIN, "1m ago"],
    [59 * MIN + 59 * SEC, "59m ago"],
    [HOUR, "1h ago"],
    [2 * DAY, "2d ago"],
    [20 * DAY, "2w ago"],
    [70 * DAY, "2mo ago"],
    [800 * DAY, "2y ago"],
    [-3 * DAY, "in 3d"],
    [-3 * DAY + SEC, "in 3d"],
    [-365 * DAY + SEC, "in 12mo"],
  ])("%i ms", (elapsed, expected) => {
    expect(ago(NOW - elapsed, NOW)).toBe(expected);
  });
});

it("shortens numbers", () => {
  expect([0, 999, 1_234, 12_345, 999_999, 3_400_000].map(compact)).toEqual(["0", "999", "1.2K", "12.3K", "1M", "3.4M"]);
  expect(full(1_234_567)).toBe("1,234,567");
});

it("counts things", () => {
  expect([count(1, "user"), count(2, "user"), count(0, "entry", "entries")]).toEqual([
    "1 user",
    "2 users",
    "0 entries",
  ]);
});

it("gives sizes in units of a thousand", () => {
  expect([0, 999, 1_000, 1_540, 150_400, 999_499, 999_600, 5e9, 2.25e12, 3e15].map(bytes)).toEqual([
    "0 B",
    "999 B",
    "1 kB",
    "1.5 kB",
    "150 kB",
    "999 kB",
    "1 MB",
    "5 GB",
    "2.3 TB",
    "3000 TB",
  ]);
});

it("never calls a part all, or nothing", () => {
  expect([1, 0.999, 0.5, 0.004, 0].map(percent)).toEqual(["100%", "99%", "50%", "<1%", "0%"]);
});
