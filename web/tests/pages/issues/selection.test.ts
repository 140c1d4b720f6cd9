import { expect, it } from "vitest";
import { allToggled, extended, NOTHING, toggled, within } from "../../../src/pages/issues/selection";

const ORDER = ["a", "b", "c", "d", "e"];
const keysOf = (selection: { keys: ReadonlySet<string> }) => [...selection.keys].sort().join("");

it("takes rows one by one, and lets them go", () => {
  const two = toggled(toggled(NOTHING, "b"), "d");
  expect(keysOf(two)).toBe("bd");
  expect(keysOf(toggled(two, "b"))).toBe("d");
});

it("takes all from the last one to another, in either direction", () => {
  const one = toggled(toggled(NOTHING, "a"), "d");
  expect(keysOf(extended(one, ORDER, "b"))).toBe("abcd");
  expect(keysOf(extended(extended(one, ORDER, "b"), ORDER, "e"))).toBe("abcde");
});

it("begins a range where there is none to go on from", () => {
  expect(keysOf(extended(NOTHING, ORDER, "c"))).toBe("c");
  expect(keysOf(extended({ ...toggled(NOTHING, "gone") }, ORDER, "c"))).toBe("cgone");
});

it("takes all that are loaded, and then none", () => {
  const all = allToggled(toggled(NOTHING, "b"), ORDER);
  expect([keysOf(all), allToggled(all, ORDER)]).toEqual(["abcde", NOTHING]);
});

it("means single rows again as soon as one is taken or let go", () => {
  const all = { ...allToggled(NOTHING, ORDER), isAll: true };
  expect(toggled(all, "c").isAll).toBe(false);
});

it("forgets what is not in the list any more", () => {
  const some = toggled(toggled(NOTHING, "b"), "d");
  expect(keysOf(within(some, ["a", "b"]))).toBe("b");
  expect(within(some, ORDER)).toBe(some);
});
