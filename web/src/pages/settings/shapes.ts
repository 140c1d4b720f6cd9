/** Answers of the routes of projects, tokens and the audit log. */

export interface ProjectInfo {
  id: string;
  name: string;
  slug: string;
  /** For its owner and administrators alone. */
  api_key?: string | null;
  created_at: number;
  created_by: string | null;
}

export interface TokenInfo {
  id: string;
  name: string;
  token_prefix: string;
  project_id: string;
  scopes: string[];
  created_at: number;
  expires_at: number | null;
  last_used_at: number | null;
  revoked_at: number | null;
}

export interface NewToken extends TokenInfo {
  token: string;
}

export interface AuditEntry {
  id: number;
  at: number;
  actor: string | null;
  actor_name: string;
  address: string | null;
  action: string;
  target: string | null;
  target_name: string | null;
  project_id: string | null;
  details: Record<string, unknown>;
}
