/** What tokens can be allowed to do. */

export interface Scope {
  name: string;
  /** What it opens, in a line. */
  opens: string;
}

export const SCOPES: readonly Scope[] = [
  { name: "errors:read", opens: "Read errors, figures, the live stream and exports; insights and LLM data too." },
  { name: "errors:write", opens: "Resolve, ignore, mute and reopen errors; change LLM settings." },
  { name: "sourcemaps:read", opens: "List and download source maps." },
  { name: "sourcemaps:write", opens: "Upload and delete source maps." },
  { name: "sourcemaps:upload", opens: "Upload source maps, and nothing else: right for a build." },
  { name: "alerts:read", opens: "Read alert rules." },
  { name: "alerts:write", opens: "Create, change and delete alert rules." },
  { name: "analytics:read", opens: "Read insights, and no errors." },
  { name: "llm:read", opens: "Read LLM traces and figures, and no errors." },
  { name: "llm:write", opens: "Change LLM settings, prices and experiments." },
];

export const LIFETIMES = [
  { value: "30", label: "30 days" },
  { value: "90", label: "90 days" },
  { value: "365", label: "One year" },
  { value: "", label: "Never" },
] as const;

export type Lifetime = (typeof LIFETIMES)[number]["value"];
