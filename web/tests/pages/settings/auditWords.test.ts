import { describe, expect, it } from "vitest";
import type { AuditEntry } from "../../../src/api/types";
import { ACTIONS, actor, origin, tell } from "../../../src/pages/settings/auditWords";

function entry(action: string, fields: Partial<AuditEntry> = {}): AuditEntry {
  return {
    id: 1,
    at: 0,
    actor: "u1",
    actor_name: "grace",
    address: "192.0.2.1",
    action,
    target: null,
    target_name: null,
    project_id: null,
    details: {},
    ...fields,
  };
}

function sentence(told: AuditEntry): string {
  const { before, target, after } = tell(told);
  return `${actor(told)} ${before}${target && ` ${target}`}${after}.`;
}

describe("an entry", () => {
  it.each<[AuditEntry, string]>([
    [
      entry("project.renamed", { target_name: "Shop", details: { name: "Web shop" } }),
      "grace renamed the project Shop to Web shop.",
    ],
    [
      entry("project.key_rotated", { target_name: "Shop", details: { grace_hours: 24 } }),
      "grace made a new key for the project Shop, whose old one goes on for 24 hours.",
    ],
    [
      entry("project.key_rotated", { target_name: "Shop", details: { grace_hours: 0 } }),
      "grace made a new key for the project Shop.",
    ],
    [
      entry("token.created", { target_name: "CI", details: { scopes: ["errors:read", "llm:read"] } }),
      "grace created the token CI for errors:read, llm:read.",
    ],
    [
      entry("user.role_changed", { target_name: "linus", details: { is_admin: true } }),
      "grace made linus an administrator.",
    ],
    [
      entry("user.removed", { target_name: "linus", details: { tokens_revoked: 2 } }),
      "grace removed the user linus, and with it 2 tokens.",
    ],
    [
      entry("status.changed", { target: "abc", details: { status: "resolved", changed: 1 } }),
      "grace set the error abc to resolved.",
    ],
    [entry("status.changed", { details: { status: "muted", changed: 1200 } }), "grace set 1,200 errors to muted."],
    [
      entry("error.assigned", { target: "abc", details: { username: null } }),
      "grace assigned the error abc to nobody.",
    ],
    [entry("error.assigned", { details: { username: "ada", changed: 12 } }), "grace assigned 12 errors to ada."],
    [entry("session.ended", { details: { sessions: 3 } }), "grace ended 3 sessions."],
    [
      entry("passkey.renamed", { target_name: "Phone", details: { was: "Passkey 2" } }),
      "grace renamed the passkey Passkey 2 to Phone.",
    ],
    [entry("status.changed", { actor: "token:t1", actor_name: "CI" }), "Token CI set the error to changed."],
    [
      entry("project.purged", { actor: null, actor_name: "server" }),
      "The server cleared away the data of the project.",
    ],
    [entry("something.new", { target_name: "x" }), "grace something.new x."],
  ])("%j", (told, words) => {
    expect(sentence(told)).toBe(words);
  });

  it("says where it came from, also where no address is known", () => {
    expect(origin(entry("session.started"))).toBe("192.0.2.1");
    expect(origin(entry("invite.created", { address: null, actor: null, actor_name: "shell" }))).toBe(
      "a command on the server",
    );
    expect(origin(entry("project.purged", { address: null, actor: null, actor_name: "server" }))).toBe(
      "the server itself",
    );
  });

  it("is told whatever its details are", () => {
    for (const { value } of ACTIONS) {
      expect(() =>
        tell(entry(value, { details: { scopes: 1, sessions: "x", grace_hours: null, changed: [] } })),
      ).not.toThrow();
    }
  });
});
