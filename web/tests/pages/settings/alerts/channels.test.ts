import { expect, it } from "vitest";
import type { AlertChannel } from "../../../../src/api/types";
import {
  channelConfig,
  channelDraft,
  extrasOf,
  freshSecret,
  KINDS,
  placeOf,
} from "../../../../src/pages/settings/alerts/channels";

const MASK = "********";

function stored(channel_type: string, config: AlertChannel["config"]): AlertChannel {
  return { id: 1, rule_id: 1, channel_type, config: { type: channel_type, ...config }, created_at: 1, problem: null };
}

const WEBHOOK = stored("webhook", {
  url: `https://example.com/${MASK}`,
  secret: MASK,
  template: '{"text": "{{message}}"}',
  headers: { "X-Team": MASK },
});

it("knows all kinds of channels that the server has", () => {
  expect(KINDS.map((kind) => kind.type).sort()).toEqual(
    ["discord", "email", "ntfy", "pagerduty", "slack", "teams", "webhook"].sort(),
  );
});

it("sends masks back for secrets that were left alone, so that they stay", () => {
  expect(channelConfig(channelDraft(WEBHOOK), WEBHOOK)).toEqual(WEBHOOK.config);
});

it("shows no secret in the form", () => {
  expect(channelDraft(WEBHOOK)).toEqual({
    type: "webhook",
    values: { template: '{"text": "{{message}}"}' },
    headers: [{ name: "X-Team", value: "" }],
    removed: [],
  });
});

it("replaces, takes away and adds what was changed", () => {
  const draft = channelDraft(WEBHOOK);
  const changed = {
    ...draft,
    values: { url: " https://other.example ", template: "" },
    headers: [...draft.headers, { name: "X-New", value: "1" }, { name: " ", value: "lost" }],
    removed: ["secret"],
  };
  expect(channelConfig(changed, WEBHOOK)).toEqual({
    type: "webhook",
    url: "https://other.example",
    headers: { "X-Team": MASK, "X-New": "1" },
  });
});

it("fills in what is chosen at first, and keeps nothing of a channel of another kind", () => {
  const draft = { type: "pagerduty", values: { routing_key: "abc" }, headers: [], removed: [] };
  expect(channelConfig(draft, WEBHOOK)).toEqual({ type: "pagerduty", routing_key: "abc", severity: "error" });
});

it("says where a channel leads and what else it has", () => {
  expect([placeOf(WEBHOOK), extrasOf(WEBHOOK)]).toEqual([
    `https://example.com/${MASK}`,
    ["signed", "with a body of its own", "1 header"],
  ]);
  expect(placeOf(stored("email", { to: "a@example.com" }))).toBe("a@example.com");
});

it("makes secrets that nobody guesses", () => {
  expect(freshSecret()).toMatch(/^[0-9a-f]{64}$/);
  expect(freshSecret()).not.toBe(freshSecret());
});
