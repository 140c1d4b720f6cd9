import type { ComponentChildren } from "preact";
import "../styles/badge.css";
import { Icon, type IconName } from "./Icon";

/** `open` is for what waits for somebody: it is seen, and does not shout. */
type Tone = "neutral" | "accent" | "open" | "good" | "warn" | "bad";

/** A word about something, in a colour that is never all that says it. */
export function Badge({
  tone = "neutral",
  icon,
  children,
}: {
  tone?: Tone;
  icon?: IconName;
  children: ComponentChildren;
}) {
  return (
    <span class={`badge ${tone}`}>
      {icon && <Icon name={icon} size={12} />}
      {children}
    </span>
  );
}

const STATUSES: Record<string, { tone: Tone; icon: IconName }> = {
  unresolved: { tone: "open", icon: "alert" },
  resolved: { tone: "good", icon: "check" },
  ignored: { tone: "neutral", icon: "close" },
  muted: { tone: "warn", icon: "mute" },
};

/** The status of an issue. */
export function StatusBadge({ status }: { status: string }) {
  const look = STATUSES[status] ?? { tone: "neutral" as const, icon: "dots" as const };
  return (
    <Badge tone={look.tone} icon={look.icon}>
      <span class="status-word">{status}</span>
    </Badge>
  );
}
