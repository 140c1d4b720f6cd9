/** The kinds of places that alerts go to: their fields, and how they stand in a form. Pure. */

import type { AlertChannel, Json } from "../../../api/types";

export interface FieldOfChannel {
  name: string;
  label: string;
  hint?: string;
  placeholder?: string;
  /** It is never shown again: an empty field leaves what is stored. */
  isSecret?: boolean;
  isOptional?: boolean;
  /** What can be chosen, the usual one first. */
  options?: readonly string[];
  lines?: number;
}

export interface ChannelKind {
  type: string;
  label: string;
  about: string;
  fields: readonly FieldOfChannel[];
}

const TEMPLATE_HINT =
  "JSON with names in double braces, in place of the usual body: rule, message, count, link, and all others that it has.";

export const KINDS: readonly ChannelKind[] = [
  {
    type: "slack",
    label: "Slack",
    about: "A channel, by an app with Incoming Webhooks.",
    fields: [url("webhook_url", "Webhook URL", "https://hooks.slack.com/services/…")],
  },
  {
    type: "webhook",
    label: "Webhook",
    about: "Anything that takes JSON. With a secret, each request is signed.",
    fields: [
      url("url", "URL", "https://example.com/alerts"),
      {
        name: "secret",
        label: "Signing secret",
        isSecret: true,
        isOptional: true,
        hint: "Signs each request, so that the receiver can tell that it is from here.",
      },
      { name: "template", label: "Body", isOptional: true, lines: 4, hint: TEMPLATE_HINT },
    ],
  },
  {
    type: "email",
    label: "Mail",
    about: "An address; the server needs one of its own to send by, which its configuration names.",
    fields: [{ name: "to", label: "Address", placeholder: "on-call@example.com" }],
  },
  {
    type: "discord",
    label: "Discord",
    about: "A channel: Integrations, Webhooks.",
    fields: [url("webhook_url", "Webhook URL", "https://discord.com/api/webhooks/…")],
  },
  {
    type: "teams",
    label: "Microsoft Teams",
    about: "A channel or chat: Workflows, Post to a channel when a webhook request is received.",
    fields: [url("webhook_url", "URL of the workflow", "https://…")],
  },
  {
    type: "ntfy",
    label: "ntfy",
    about: "Phones and desktops, by the public server or one of your own.",
    fields: [
      url("url", "URL of the topic", "https://ntfy.sh/a-name-that-nobody-guesses"),
      { name: "token", label: "Token", isSecret: true, isOptional: true, hint: "Where the topic needs one." },
    ],
  },
  {
    type: "pagerduty",
    label: "PagerDuty",
    about: "A service with Events API v2. Alerts about the same error belong to one incident.",
    fields: [
      { name: "routing_key", label: "Integration key", isSecret: true },
      { name: "severity", label: "Severity", options: ["error", "critical", "warning", "info"] },
      {
        name: "url",
        label: "Events API",
        isOptional: true,
        placeholder: "https://events.pagerduty.com/v2/enqueue",
        hint: "Accounts in the EU: https://events.eu.pagerduty.com/v2/enqueue",
      },
    ],
  },
];

function url(name: string, label: string, placeholder: string): FieldOfChannel {
  return { name, label, placeholder, isSecret: true };
}

/** Return what to call a kind of place, also one that only newer servers have. */
export function kindLabel(type: string): string {
  return KINDS.find((kind) => kind.type === type)?.label ?? type;
}

/** A header of a webhook as it stands in the form. */
export interface Header {
  name: string;
  value: string;
}

/** A channel as it stands in the form: what is typed, by field. */
export interface ChannelDraft {
  type: string;
  values: Record<string, string>;
  headers: readonly Header[];
  /** Optional secrets that shall be taken away. */
  removed: readonly string[];
}

/** Return the form of a channel: secrets are empty in it. */
export function channelDraft(channel: AlertChannel | null): ChannelDraft {
  if (channel === null) return { type: "slack", values: {}, headers: [], removed: [] };
  const kind = KINDS.find((known) => known.type === channel.channel_type);
  const values: Record<string, string> = {};
  for (const field of kind?.fields ?? []) {
    if (!field.isSecret) values[field.name] = textOf(channel.config[field.name]);
  }
  return { type: channel.channel_type, values, headers: storedHeaders(channel), removed: [] };
}

/** Return what the API is to store; where a secret is left empty, its mask stands for what is stored already. */
export function channelConfig(draft: ChannelDraft, stored: AlertChannel | null): Record<string, Json> {
  const config: Record<string, Json> = { type: draft.type };
  const before = stored?.channel_type === draft.type ? stored.config : {};
  for (const field of KINDS.find((kind) => kind.type === draft.type)?.fields ?? []) {
    const typed = draft.values[field.name]?.trim() || field.options?.[0] || "";
    const kept = field.isSecret && !draft.removed.includes(field.name) ? textOf(before[field.name]) : "";
    if (typed || kept) config[field.name] = typed || kept;
  }
  if (draft.type === "webhook") {
    const masks = before.headers;
    const named = draft.headers.filter((header) => header.name.trim());
    if (named.length > 0) {
      config.headers = Object.fromEntries(
        named.map(({ name, value }) => [name.trim(), value || maskOf(masks, name.trim())]),
      );
    }
  }
  return config;
}

/** Return where a channel leads, as far as it may be shown. */
export function placeOf(channel: AlertChannel): string {
  const { config } = channel;
  const place = textOf(config.to) || textOf(config.webhook_url) || textOf(config.url);
  return channel.channel_type === "pagerduty" ? `severity ${textOf(config.severity)}` : place;
}

/** Return what else there is to a channel, in words. */
export function extrasOf(channel: AlertChannel): string[] {
  const { config } = channel;
  const headers = storedHeaders(channel).length;
  return [
    ...(config.secret ? ["signed"] : []),
    ...(config.template ? ["with a body of its own"] : []),
    ...(config.token ? ["with a token"] : []),
    ...(headers ? [headers === 1 ? "1 header" : `${headers} headers`] : []),
  ];
}

/** Return a secret that nobody guesses, for the receiver of a webhook to verify by. */
export function freshSecret(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function storedHeaders(channel: AlertChannel): Header[] {
  const { headers } = channel.config;
  if (headers === null || typeof headers !== "object" || Array.isArray(headers)) return [];
  return Object.keys(headers).map((name) => ({ name, value: "" }));
}

function maskOf(masks: Json | undefined, name: string): string {
  if (masks === null || typeof masks !== "object" || Array.isArray(masks)) return "";
  return textOf(masks[name]);
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
