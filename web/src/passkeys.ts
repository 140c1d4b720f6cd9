/** Passkeys: what the server sends becomes what the browser takes, and back. No library is needed for that. */

/** Make a passkey for the options that a `…/start` route answered with; returns what its `finish` takes. */
export async function createPasskey(
  publicKey: PublicKeyCredentialCreationOptionsJSON,
  signal?: AbortSignal,
): Promise<unknown> {
  const made = await navigator.credentials.create({
    publicKey: creationOptions(publicKey),
    ...(signal && { signal }),
  });
  return asJson(made as PublicKeyCredential);
}

/** Sign with a passkey for the options that `/auth/login/start` answered with; returns what its `finish` takes. */
export async function signWithPasskey(publicKey: PublicKeyCredentialRequestOptionsJSON): Promise<unknown> {
  const used = await navigator.credentials.get({ publicKey: requestOptions(publicKey) });
  return asJson(used as PublicKeyCredential);
}

/** Return why passkeys cannot be used here at all, or null if they can. */
export function whyNoPasskeys(): string | null {
  if (!isSecureContext) return "Passkeys need https, or the address localhost. Open this page there.";
  if (!("PublicKeyCredential" in window)) return "This browser has no passkeys. Any current one does.";
  return null;
}

const REFUSALS: Record<string, string> = {
  NotAllowedError: "No passkey was used: the request was cancelled, or took too long.",
  InvalidStateError: "This device already holds a passkey for this account.",
  SecurityError: "Passkeys do not work at this address. Open the address that is set as auth.rp_origin.",
  NotSupportedError: "This device cannot make a passkey that the server accepts.",
};

/** Return in words why the browser refused, or null if it was something else that was thrown. */
export function passkeyRefusal(error: unknown): string | null {
  return error instanceof DOMException ? (REFUSALS[error.name] ?? error.message) : null;
}

// Browsers from before 2025 lack the conversions; these do the same for all that our server sends.

function creationOptions(json: PublicKeyCredentialCreationOptionsJSON): PublicKeyCredentialCreationOptions {
  if (PublicKeyCredential.parseCreationOptionsFromJSON) return PublicKeyCredential.parseCreationOptionsFromJSON(json);
  return {
    ...json,
    challenge: fromBase64Url(json.challenge),
    user: { ...json.user, id: fromBase64Url(json.user.id) },
    excludeCredentials: json.excludeCredentials?.map(descriptor) ?? [],
  } as PublicKeyCredentialCreationOptions;
}

function requestOptions(json: PublicKeyCredentialRequestOptionsJSON): PublicKeyCredentialRequestOptions {
  if (PublicKeyCredential.parseRequestOptionsFromJSON) return PublicKeyCredential.parseRequestOptionsFromJSON(json);
  return {
    ...json,
    challenge: fromBase64Url(json.challenge),
    allowCredentials: json.allowCredentials?.map(descriptor) ?? [],
  } as PublicKeyCredentialRequestOptions;
}

function descriptor(json: PublicKeyCredentialDescriptorJSON): PublicKeyCredentialDescriptor {
  return { ...json, id: fromBase64Url(json.id) } as PublicKeyCredentialDescriptor;
}

function asJson(credential: PublicKeyCredential): unknown {
  if (typeof credential.toJSON === "function") return credential.toJSON();
  const { id, rawId, type, authenticatorAttachment } = credential;
  const response: Record<string, unknown> = {};
  const names = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"] as const;
  for (const name of names) {
    const value = (credential.response as unknown as Record<string, ArrayBuffer | null | undefined>)[name];
    if (value != null) response[name] = toBase64Url(value);
  }
  const transports = (credential.response as AuthenticatorAttestationResponse).getTransports?.();
  if (transports) response.transports = transports;
  const clientExtensionResults = credential.getClientExtensionResults();
  return { id, rawId: toBase64Url(rawId), type, authenticatorAttachment, response, clientExtensionResults };
}

export function fromBase64Url(text: string): ArrayBuffer {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0)).buffer;
}

export function toBase64Url(buffer: ArrayBuffer): string {
  let binary = "";
  for (const byte of new Uint8Array(buffer)) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
