import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import AccountSection from "../../../src/pages/settings/AccountSection";
import { openPage } from "../../page";
import { refusal, serve } from "../../serving";

const { asked, answers } = serve();
const page = openPage();
const PHONE = { id: "k1", name: "Phone", created_at: 1, last_used_at: null, is_synced: true, transports: [] };
const HERE = {
  id: "s1",
  created_at: 1,
  expires_at: 2,
  last_used_at: 1,
  address: "192.0.2.1",
  user_agent: "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0",
  is_current: true,
};
const AWAY = { ...HERE, id: "s2", address: "198.51.100.7", user_agent: "curl/8.5.0", is_current: false };

beforeEach(() => {
  answers["GET /v1/me/passkeys"] = [PHONE];
  answers["GET /v1/me/sessions"] = [AWAY, HERE];
  vi.stubGlobal("isSecureContext", true);
  vi.stubGlobal("PublicKeyCredential", { parseCreationOptionsFromJSON: (options: unknown) => options });
});
afterEach(() => vi.unstubAllGlobals());

function browserMakes(make: () => Promise<unknown>): void {
  vi.stubGlobal("navigator", { userAgent: HERE.user_agent, credentials: { create: make } });
}

describe("adding a passkey", () => {
  beforeEach(() => {
    answers["POST /v1/me/passkeys/start"] = { challenge_id: "c1", publicKey: { challenge: "AA" } };
  });

  it("proposes this browser as its name, and sends what the browser has made", async () => {
    browserMakes(async () => ({ toJSON: () => ({ id: "made" }) }));
    answers["POST /v1/me/passkeys/finish"] = { ...PHONE, id: "k2", name: "Firefox on Linux" };
    await page.show(<AccountSection />);
    await page.press("Add a passkey");
    await page.send();
    const finish = asked.find((request) => request.path === "/v1/me/passkeys/finish");
    expect(finish?.body).toEqual({ challenge_id: "c1", credential: { id: "made" }, name: "Firefox on Linux" });
  });

  it("says in words that somebody has cancelled it, and can be tried again", async () => {
    browserMakes(() => Promise.reject(new DOMException("", "NotAllowedError")));
    await page.show(<AccountSection />);
    await page.press("Add a passkey");
    await page.send();
    expect(page.text()).toContain("No passkey was used: the request was cancelled, or took too long.");
    expect(page.button("Make the passkey").hasAttribute("disabled")).toBe(false);
    expect(asked.some((request) => request.path.endsWith("/finish"))).toBe(false);
  });
});

describe("passkeys", () => {
  it("keep the last one, and say why", async () => {
    await page.show(<AccountSection />);
    expect(page.button("Remove Phone").hasAttribute("disabled")).toBe(true);
    expect(page.text()).toContain("This is your only passkey");
  });

  it("say at the field why a name is refused", async () => {
    answers["PUT /v1/me/passkeys/k1"] = refusal(400, "name must have characters that can be seen");
    await page.show(<AccountSection />);
    await page.press("Rename Phone");
    await page.type("Name", "");
    await page.send();
    expect(page.errorOf("Name")).toBe("Name must have characters that can be seen.");
  });
});

describe("sessions", () => {
  const rows = () => page.all("tbody tr").filter((row) => row.textContent?.includes("Address"));

  it("begin with this one", async () => {
    await page.show(<AccountSection />);
    expect(rows().map((row) => row.querySelector("th")?.textContent)).toEqual(["Firefox on Linuxthis one", "curl"]);
  });

  it("end one by one", async () => {
    answers["DELETE /v1/me/sessions/s2"] = { status: "ok" };
    await page.show(<AccountSection />);
    await page.press("End the session of curl");
    await page.send();
    expect(rows()).toHaveLength(1);
  });

  it("end all but this one", async () => {
    answers["DELETE /v1/me/sessions"] = { ended: 1 };
    await page.show(<AccountSection />);
    await page.press("Sign out everywhere");
    await page.send();
    expect([asked.at(-1)?.path, rows().length]).toEqual(["/v1/me/sessions?keep_current=true", 1]);
  });
});
