import { expect, it } from "vitest";
import {
  doneWords,
  fixWords,
  inputWords,
  possibleActs,
  regressionWords,
  snoozeWords,
  timeAhead,
} from "../../src/triage/phrases";

const NOON = new Date(2026, 10, 20, 12).getTime();
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const COUNTS = { total_count: 40, users_affected: 3 };
const NO_END = { until: null, until_total_count: null, until_users_affected: null, after_release: null };

it("tells a time ahead as short as it can be understood", () => {
  const at = (ms: number) => timeAhead(NOON + ms, NOON, "en-GB");
  expect(at(2 * HOUR)).toBe("14:00");
  expect(at(DAY)).toBe("Sat 12:00");
  expect(at(20 * DAY)).toBe("10 Dec, 12:00");
  expect(at(60 * DAY)).toBe("19 Jan 2027");
});

it("tells what ends a mute, counted from now", () => {
  const words = (end: object) => snoozeWords({ ...NO_END, ...end }, COUNTS, NOON, "en-GB");
  expect(words({ until: NOON + 2 * HOUR })).toBe("until 14:00");
  expect(words({ until: NOON + 2 * HOUR, until_total_count: 140 })).toBe("until 14:00 or 100 more events");
  expect(words({ until_users_affected: 4, until_total_count: 41, after_release: "1.4.0" })).toBe(
    "until 1 more event, 1 more user or a release after 1.4.0",
  );
  expect(words({})).toBeNull();
  expect(snoozeWords(null, COUNTS, NOON)).toBeNull();
});

it("tells where an error is fixed, and where it came back", () => {
  expect(fixWords({ release: "1.4.0", is_next: true })).toBe("fixed in the release after 1.4.0");
  expect(fixWords({ release: "1.4.0", is_next: false })).toBe("fixed in 1.4.0");
  expect(fixWords(null)).toBeNull();
  const back = { resolved_at: NOON - 3 * DAY, resolved_in: "1.4.0", back_at: NOON - HOUR, back_in: "1.4.2" };
  expect(regressionWords(back, NOON)).toBe("resolved in 1.4.0, back in 1.4.2");
  expect(regressionWords({ ...back, resolved_in: null, back_in: null }, NOON)).toBe("resolved 3d ago, back 1h ago");
});

it("tells what was asked for", () => {
  expect(inputWords({ status: "resolved" }, NOON)).toBe("resolved");
  expect(inputWords({ status: "resolved", in_release: "next" }, NOON)).toBe("resolved in the next release");
  expect(inputWords({ status: "resolved", in_release: "2.0" }, NOON)).toBe("resolved in 2.0");
  expect(inputWords({ status: "muted", for_secs: 604_800 }, NOON)).toBe("muted for a week");
  expect(inputWords({ status: "muted", until_count: 100, until_next_release: true }, NOON)).toBe(
    "muted until 100 more events or the next release",
  );
  expect(doneWords(1, { status: "ignored" }, NOON)).toBe("Ignored.");
  expect(doneWords(1_200, { status: "ignored" }, NOON)).toBe("1,200 errors ignored.");
});

it("offers only what is possible", () => {
  expect(possibleActs(["unresolved"])).toEqual(["resolved", "ignored", "muted"]);
  expect(possibleActs(["resolved"])).toEqual(["unresolved"]);
  expect(possibleActs(["resolved", "ignored"])).toEqual(["resolved", "unresolved"]);
  expect(possibleActs([])).toEqual([]);
});
