import { expect, it } from "vitest";
import { NO_NEWS } from "../../../src/pages/issues/news";
import { type Done, rowNow, shownRows } from "../../../src/pages/issues/rows";
import { key, row } from "./making";

const ADA = { id: "1", username: "ada" };
const BOB = { user_id: "2", username: "bob" };
const ROWS = [row("a"), row("b", { assignee: BOB }), row("c")];
const NONE: Done = { acted: new Map(), overlays: new Map() };
const shown = (done: Partial<Done>, parameters = {}) =>
  shownRows(ROWS, { ...NONE, ...done }, parameters, ADA)
    .map((known) => known.fingerprint)
    .join("");

it("leaves out what the filter does not find any more, and has it back in its place", () => {
  const resolved = new Map([[key("b"), { status: "resolved" as const }]]);
  expect(shown({ overlays: resolved }, { status: "unresolved" })).toBe("ac");
  expect(shown({ overlays: resolved })).toBe("abc");
  expect(shown({}, { status: "unresolved" })).toBe("abc");
});

it("still knows what was done when newer data has taken the overlay away, and that it was undone", () => {
  const acted = new Map([[key("b"), { status: "resolved" as const }]]);
  expect(shown({ acted }, { status: "unresolved" })).toBe("ac");
  const undone = new Map([[key("b"), { status: "unresolved" as const }]]);
  expect(shown({ acted, overlays: undone }, { status: "unresolved" })).toBe("abc");
});

it.each([
  ["none", null, "abc"],
  ["none", BOB, "ac"],
  ["me", { user_id: "1", username: "ada" }, "abc"],
  ["me", BOB, "ac"],
  ["bob", BOB, "abc"],
  ["2", BOB, "abc"],
])("goes by whom an issue is assigned to: filter %s, assigned %o", (assignee, to, left) => {
  expect(shown({ overlays: new Map([[key("b"), { assignee: to }]]) }, { assignee })).toBe(left);
});

it("shows a row with all that is known of it, what was done last on top", () => {
  const news = { ...NO_NEWS, patches: new Map([[key("a"), { status: "muted" as const, total_count: 8 }]]) };
  const done = { acted: new Map([[key("a"), { status: "ignored" as const }]]), overlays: new Map() };
  expect(rowNow(ROWS[0] ?? row("a"), news, done)).toMatchObject({ status: "ignored", total_count: 8 });
});
