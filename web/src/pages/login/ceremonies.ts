/** What the sign-in page asks of the server: each ceremony is a start, a passkey, and a finish that sets the cookie. */

import { api } from "../../api/client";
import type { AuthStatus, CeremonyStart } from "../../api/types";
import { createPasskey, signWithPasskey } from "../../passkeys";

type Started<Options> = Omit<CeremonyStart, "publicKey"> & { publicKey: Options };

export function loadStatus(signal?: AbortSignal): Promise<AuthStatus> {
  return api.get<AuthStatus>("/auth/status", { signal });
}

export async function signIn(): Promise<void> {
  const started = await api.post<Started<PublicKeyCredentialRequestOptionsJSON>>("/auth/login/start", {});
  const credential = await signWithPasskey(started.publicKey);
  await api.post("/auth/login/finish", { challenge_id: started.challenge_id, credential });
}

/** Create the first user, who is the administrator. */
export function setUp(username: string, setupToken: string | null): Promise<void> {
  return register("/auth/register", setupToken ? { username, setup_token: setupToken } : { username }, {});
}

/** Create the user that an invite is for. */
export function acceptInvite(username: string, invite: string): Promise<void> {
  return register("/auth/invite/register", { username, invite_token: invite }, { invite_token: invite });
}

async function register(route: string, who: Record<string, string>, again: Record<string, string>): Promise<void> {
  const started = await api.post<Started<PublicKeyCredentialCreationOptionsJSON>>(`${route}/start`, who);
  const credential = await createPasskey(started.publicKey);
  await api.post(`${route}/finish`, { challenge_id: started.challenge_id, credential, ...again });
}

/** Return where to go after signing in: what `next` names if that is on this site, else the start page. */
export function targetAfter(next: string | null, origin: string): string {
  if (!next?.startsWith("/")) return "/";
  try {
    const target = new URL(next, origin);
    // Without its dots a path can begin with two slashes, which by itself names another host.
    if (target.origin !== origin || target.pathname.startsWith("//")) return "/";
    return target.pathname + target.search + target.hash;
  } catch {
    return "/";
  }
}
