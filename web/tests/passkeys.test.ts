import { afterEach, describe, expect, it, vi } from "vitest";
import { createPasskey, fromBase64Url, passkeyRefusal, signWithPasskey, toBase64Url } from "../src/passkeys";

/** A browser from before the conversions: it takes buffers, and answers with buffers. */
const seen: { create?: PublicKeyCredentialCreationOptions; get?: PublicKeyCredentialRequestOptions } = {};
const bytes = (...values: number[]) => Uint8Array.from(values).buffer;
const credential = (response: object) => ({
  id: "_-8",
  rawId: bytes(0xff, 0xef),
  type: "public-key",
  authenticatorAttachment: "platform",
  response,
  getClientExtensionResults: () => ({}),
});

function anOldBrowser(): void {
  vi.stubGlobal("PublicKeyCredential", class {});
  vi.stubGlobal("navigator", {
    credentials: {
      create: async (options: CredentialCreationOptions) => {
        if (options.publicKey) seen.create = options.publicKey;
        const response = { clientDataJSON: bytes(1), attestationObject: bytes(2), getTransports: () => ["internal"] };
        return credential(response);
      },
      get: async (options: CredentialRequestOptions) => {
        if (options.publicKey) seen.get = options.publicKey;
        return credential({
          clientDataJSON: bytes(1),
          authenticatorData: bytes(2),
          signature: bytes(3),
          userHandle: null,
        });
      },
    },
  });
}
afterEach(() => vi.unstubAllGlobals());

describe("base64url", () => {
  it.each([[[]], [[0]], [[0xff, 0xef]], [[0xfb, 0xff, 0xbf, 1]], [[...Array(256).keys()]]])(
    "goes there and back",
    (values) => {
      const text = toBase64Url(bytes(...values));
      expect(text).toMatch(/^[\w-]*$/);
      expect([...new Uint8Array(fromBase64Url(text))]).toEqual(values);
    },
  );
});

describe("a browser without the conversions", () => {
  it("makes a passkey all the same", async () => {
    anOldBrowser();
    const made = await createPasskey({
      rp: { name: "bloop" },
      user: { id: "AQI", name: "ada", displayName: "ada" },
      challenge: "_-8",
      pubKeyCredParams: [{ type: "public-key", alg: -7 }],
      excludeCredentials: [{ id: "AA", type: "public-key" }],
    });
    expect([...new Uint8Array(seen.create?.challenge as ArrayBuffer)]).toEqual([0xff, 0xef]);
    expect([...new Uint8Array(seen.create?.user.id as ArrayBuffer)]).toEqual([1, 2]);
    expect(seen.create?.excludeCredentials?.map(({ id }) => [...new Uint8Array(id as ArrayBuffer)])).toEqual([[0]]);
    expect(made).toEqual({
      id: "_-8",
      rawId: "_-8",
      type: "public-key",
      authenticatorAttachment: "platform",
      response: { clientDataJSON: "AQ", attestationObject: "Ag", transports: ["internal"] },
      clientExtensionResults: {},
    });
  });

  it("signs with one", async () => {
    anOldBrowser();
    const used = await signWithPasskey({ challenge: "AQ", rpId: "localhost" });
    expect([...new Uint8Array(seen.get?.challenge as ArrayBuffer)]).toEqual([1]);
    expect(used).toMatchObject({ response: { clientDataJSON: "AQ", authenticatorData: "Ag", signature: "Aw" } });
  });
});

it("says in words why a browser refuses, and leaves other errors alone", () => {
  expect(passkeyRefusal(new DOMException("x", "NotAllowedError"))).toContain("cancelled");
  expect(passkeyRefusal(new DOMException("odd", "DataError"))).toBe("odd");
  expect(passkeyRefusal(new TypeError("x"))).toBeNull();
});
