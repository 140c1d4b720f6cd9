/** Entries of the audit log as sentences. */

import type { AuditEntry } from "../../api/types";
import { count } from "../../format";

/** What an action is called in a list of them. */
export const ACTIONS: readonly { value: string; label: string }[] = [
  { value: "status.changed", label: "Status of an error changed" },
  { value: "status.undone", label: "Change of status undone" },
  { value: "error.assigned", label: "Error assigned" },
  { value: "comment.deleted", label: "Comment deleted" },
  { value: "error.merged", label: "Errors merged" },
  { value: "error.unmerged", label: "Merged errors taken apart" },
  { value: "project.created", label: "Project created" },
  { value: "project.renamed", label: "Project renamed" },
  { value: "project.key_rotated", label: "New key made" },
  { value: "project.grouping_changed", label: "Grouping changed" },
  { value: "project.deleted", label: "Project deleted" },
  { value: "project.purged", label: "Data of a project cleared away" },
  { value: "storage.retention_changed", label: "Retention changed" },
  { value: "storage.purged", label: "Old data removed" },
  { value: "source_map.uploaded", label: "Source map uploaded" },
  { value: "source_map.deleted", label: "Source map deleted" },
  { value: "alert_rule.created", label: "Alert rule created" },
  { value: "alert_rule.changed", label: "Alert rule changed" },
  { value: "alert_rule.deleted", label: "Alert rule deleted" },
  { value: "alert_rule.tested", label: "Alert rule tested" },
  { value: "alert_channel.added", label: "Alert channel added" },
  { value: "alert_channel.changed", label: "Alert channel changed" },
  { value: "alert_channel.removed", label: "Alert channel removed" },
  { value: "token.created", label: "Token created" },
  { value: "token.revoked", label: "Token revoked" },
  { value: "user.registered", label: "User registered" },
  { value: "user.role_changed", label: "Role of a user changed" },
  { value: "user.removed", label: "User removed" },
  { value: "people.reset", label: "Everybody removed" },
  { value: "invite.created", label: "Invite created" },
  { value: "invite.revoked", label: "Invite revoked" },
  { value: "session.started", label: "Signed in" },
  { value: "session.ended", label: "Signed out" },
  { value: "passkey.added", label: "Passkey added" },
  { value: "passkey.renamed", label: "Passkey renamed" },
  { value: "passkey.removed", label: "Passkey removed" },
];

/** An entry as the parts of a sentence, which follow each other as they are: the target stands out in it. */
export interface Told {
  before: string;
  target: string;
  after: string;
}

type Details = Record<string, unknown>;

const TOLD: Record<string, (target: string, details: Details) => Told> = {
  "status.changed": (target, details) => statusTold(target, details),
  "status.undone": (target, details) => undoneTold(target, details),
  "error.assigned": (target, details) => assignedTold(target, details),
  "comment.deleted": (target) => told("deleted a comment on the error", target),
  "error.merged": (target, details) => told(`merged ${count(changedOf(details), "error")} into the error`, target),
  "error.unmerged": (target, details) => told(`took ${count(changedOf(details), "error")} out of the error`, target),
  "project.created": (target) => told("created the project", target),
  "project.renamed": (target, details) => told("renamed the project", target, ` to ${text(details.name)}`),
  "project.key_rotated": (target, details) => told("made a new key for the project", target, graceTold(details)),
  "project.grouping_changed": (target, details) =>
    told("changed how events are grouped in the project", target, groupingTold(details)),
  "project.deleted": (target) => told("deleted the project", target),
  "project.purged": (target) => told("cleared away the data of the project", target),
  "storage.retention_changed": (target) =>
    target
      ? told("changed for how long events are kept of the project", target)
      : told("changed for how long data is kept"),
  "storage.purged": () => told("had old data removed"),
  "source_map.uploaded": (target) => told("uploaded the source map", target),
  "source_map.deleted": (target) => told("deleted the source map", target),
  "alert_rule.created": (target) => told("created the alert rule", target),
  "alert_rule.changed": (target) => told("changed the alert rule", target),
  "alert_rule.deleted": (target) => told("deleted the alert rule", target),
  "alert_rule.tested": (target) => told("tested the alert rule", target),
  "alert_channel.added": (target, details) =>
    told(`added a channel (${text(details.channel_type)}) to the alert rule`, target),
  "alert_channel.changed": (target, details) =>
    told(`changed a channel (${text(details.channel_type)}) of the alert rule`, target),
  "alert_channel.removed": (target, details) =>
    told(`removed a channel (${text(details.channel_type)}) from the alert rule`, target),
  "token.created": (target, details) => told("created the token", target, scopesTold(details)),
  "token.revoked": (target) => told("revoked the token", target),
  "user.registered": (_target, details) => told(details.is_admin ? "registered as administrator" : "registered"),
  "user.role_changed": (target, details) =>
    told("made", target, details.is_admin ? " an administrator" : " an ordinary user"),
  "user.removed": (target, details) => told("removed the user", target, tokensTold(details)),
  "people.reset": (_target, details) => told(`removed everybody${peopleTold(details)}`, "", tokensTold(details)),
  "invite.created": (target, details) =>
    told(details.is_admin ? "created an invite for an administrator," : "created the invite", `${target}…`),
  "invite.revoked": (target) => told("revoked the invite", `${target}…`),
  "session.started": () => told("signed in"),
  "session.ended": (_target, details) =>
    told(typeof details.sessions === "number" ? `ended ${count(details.sessions, "session")}` : "signed out"),
  "passkey.added": (target) => told("added the passkey", target),
  "passkey.renamed": (target, details) => told(`renamed the passkey ${text(details.was)} to`, target),
  "passkey.removed": (target) => told("removed the passkey", target),
};

/** Return what was done; of an action that this page does not know, its name. */
export function tell(entry: AuditEntry): Told {
  const target = entry.target_name ?? entry.target ?? "";
  return (TOLD[entry.action] ?? ((name: string) => told(entry.action, name)))(target, entry.details);
}

/** Return where something was done from, in words. */
export function origin(entry: AuditEntry): string {
  if (entry.address) return entry.address;
  return entry.actor_name === "shell" ? "a command on the server" : "the server itself";
}

/** Return who did it: a token is known by its name. */
export function actor(entry: AuditEntry): string {
  if (entry.actor === null && entry.actor_name === "shell") return "A command";
  if (entry.actor === null && entry.actor_name === "server") return "The server";
  return entry.actor?.startsWith("token:") ? `Token ${entry.actor_name}` : entry.actor_name;
}

function told(before: string, target = "", after = ""): Told {
  return { before, target, after };
}

function changedOf(details: Details): number {
  return typeof details.changed === "number" ? details.changed : 1;
}

function statusTold(target: string, details: Details): Told {
  const changed = changedOf(details);
  const status = text(details.status) || "changed";
  if (changed === 1) return told("set the error", target, ` to ${status}`);
  return told(`set ${count(changed, "error")} to ${status}`);
}

function groupingTold(details: Details): string {
  const rules = typeof details.rules === "number" ? details.rules : 0;
  return `: version ${details.version === 2 ? "2" : "1"}, ${count(rules, "rule")}`;
}

function undoneTold(target: string, details: Details): Told {
  const changed = changedOf(details);
  if (changed === 1) return told("undid a change of the status of the error", target);
  return told(`undid the change of status of ${count(changed, "error")}`);
}

function assignedTold(target: string, details: Details): Told {
  const changed = changedOf(details);
  const user = details.username === null ? "nobody" : text(details.username);
  if (changed === 1) return told("assigned the error", target, ` to ${user}`);
  return told(`assigned ${count(changed, "error")} to ${user}`);
}

function graceTold(details: Details): string {
  const hours = details.grace_hours;
  return typeof hours === "number" && hours > 0 ? `, whose old one goes on for ${count(hours, "hour")}` : "";
}

function scopesTold(details: Details): string {
  return Array.isArray(details.scopes) ? ` for ${details.scopes.map(String).join(", ")}` : "";
}

function tokensTold(details: Details): string {
  const revoked = details.tokens_revoked;
  return typeof revoked === "number" && revoked > 0 ? `, and with it ${count(revoked, "token")}` : "";
}

function peopleTold(details: Details): string {
  return typeof details.users_removed === "number" ? ` (${count(details.users_removed, "user")})` : "";
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
