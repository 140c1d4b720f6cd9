import { expect, it } from "vitest";
import { addedTo } from "../../../src/pages/issues/trends";

const HOUR_MS = 3_600_000;

it("adds events to the hour in which they came, and begins one", () => {
  const counts = [{ hour_bucket: 5 * HOUR_MS, count: 3 }];
  expect(addedTo(counts, 2, 5.5 * HOUR_MS)).toEqual([{ hour_bucket: 5 * HOUR_MS, count: 5 }]);
  expect(addedTo(counts, 2, 6 * HOUR_MS).at(-1)).toEqual({ hour_bucket: 6 * HOUR_MS, count: 2 });
});
