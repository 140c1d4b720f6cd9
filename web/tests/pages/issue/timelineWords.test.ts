import { describe, expect, it } from "vitest";
import type { ActivityEntry, Json } from "../../../src/api/types";
import { actorOf, tell, undoable, withFirstPage } from "../../../src/pages/issue/timelineWords";

const NOW = Date.UTC(2026, 5, 10, 12);
const entry = (kind: string, content: Record<string, Json> = {}, more: Partial<ActivityEntry> = {}): ActivityEntry => ({
  id: 1,
  project_id: "p1",
  fingerprint: "cart",
  kind,
  actor: "u1",
  actor_name: "ada",
  at: NOW,
  edited_at: null,
  content,
  ...more,
});
const status = (new_status: string, content: Record<string, Json> = {}, more: Partial<ActivityEntry> = {}) =>
  entry("status", { old_status: "unresolved", new_status, reason: null, ...content }, more);
const words = (of: ActivityEntry) => tell(of, NOW, "en").words;

describe("the words of an entry", () => {
  it.each<[ActivityEntry, string | RegExp]>([
    [status("resolved"), "resolved it"],
    [status("resolved", { fix: { release: "1.4.0", is_next: false } }), "resolved it in 1.4.0"],
    [status("resolved", { fix: { release: "1.4.0", is_next: true } }), "resolved it in the release after 1.4.0"],
    [
      status("muted", { snooze: { until: null, more_events: 100, more_users: null, after_release: "1.4.0" } }),
      "muted it until 100 more events or a release after 1.4.0",
    ],
    [status("muted", { snooze: { until: NOW + 86_400_000 } }), /^muted it until /],
    [status("ignored"), "ignored it"],
    [status("unresolved"), "made it unresolved"],
    [status("strange"), "made it strange"],
    [status("resolved", { reason: "undo" }), "put it back to resolved"],
    [
      status("unresolved", { reason: "regression", in_release: "1.4.2" }),
      "Back in 1.4.2 after it had been resolved: a regression",
    ],
    [status("unresolved", { reason: "snooze ended: 1000 events" }), "No longer muted: 1000 events"],
    [entry("comment", { text: "hm" }), "commented"],
    [entry("comment", { text: "hm" }, { edited_at: NOW }), "commented, and edited it"],
    [entry("assigned", { user_id: "u2", username: "bob" }), "assigned it to bob"],
    [entry("assigned", { user_id: "u1", username: "ada" }), "took it on"],
    [entry("assigned", { user_id: null, username: null }), "assigned it to nobody"],
    [entry("assigned", { user_id: "u3", username: null }), "assigned it to somebody who is gone"],
    [entry("merged", { fingerprints: ["a", "b"] }), "merged 2 other errors into this one"],
    [entry("unmerged", { fingerprints: ["a"] }), "took 1 error out of this one"],
    [entry("unmerged", { from: "other" }), "took this error out of"],
    [entry("painted"), "did something else: painted"],
  ])("%#", (of, expected) => {
    if (typeof expected === "string") expect(words(of)).toBe(expected);
    else expect(words(of)).toMatch(expected);
  });

  it("have the reason that somebody gave, and none of the server's own", () => {
    expect(tell(status("resolved", { reason: "fixed by 3f2a9c1" }), NOW).reason).toBe("fixed by 3f2a9c1");
    const back = tell(status("unresolved", { reason: "regression" }), NOW);
    expect([back.reason, back.hasActor]).toEqual([null, false]);
  });

  it("name whoever did it", () => {
    const by = (actor: string | null, actor_name: string | null) => actorOf({ actor, actor_name });
    expect([by("u1", "ada"), by("token:1", "CI"), by("token:1", null), by("u1", null), by(null, null)]).toEqual([
      "ada",
      "Token CI",
      "A token that is gone",
      "Somebody who is gone",
      "The server",
    ]);
  });
});

it("lets the last change of the status be undone, if somebody has made it", () => {
  const comment = entry("comment", { text: "x" });
  const resolved = status("resolved");
  expect(undoable([comment, resolved, status("muted")])).toBe(resolved);
  expect(undoable([status("unresolved", { reason: "regression" }, { actor: null }), resolved])).toBeNull();
  expect(undoable([status("unresolved", { reason: "undo" }), resolved])).toBeNull();
  expect(undoable([comment])).toBeNull();
});

it("puts a first page over what is known, without what is gone from it", () => {
  const at = (id: number) => entry("comment", { text: String(id) }, { id });
  const known = [5, 4, 3, 2, 1].map(at);
  expect(withFirstPage(known, [at(6), at(5), at(3)]).map((one) => one.id)).toEqual([6, 5, 3, 2, 1]);
  expect(withFirstPage(known, [])).toEqual([]);
});
