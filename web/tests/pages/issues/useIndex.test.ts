import { expect, it } from "vitest";
import { indexAfter } from "../../../src/pages/issues/useIndex";
import { row } from "./making";

const ROWS = ["a", "b", "c", "d"].map((fingerprint) => row(fingerprint));
const without = (...gone: string[]) => ROWS.filter((known) => !gone.includes(known.fingerprint));

it("goes on with the next row that is left, or with the last one", () => {
  expect(indexAfter(ROWS, 1, without("b"))).toBe(1);
  expect(indexAfter(ROWS, 2, without("b", "c"))).toBe(1);
  expect(indexAfter(ROWS, 3, without("d"))).toBe(2);
  expect(indexAfter(ROWS, 0, [])).toBeNull();
});
