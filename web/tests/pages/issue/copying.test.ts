import { afterEach, expect, it, vi } from "vitest";
import { curlFor, linkTo } from "../../../src/pages/issue/CopyMenu";
import { copyText, Refused } from "../../../src/pages/issue/copying";
import { go } from "../../../src/router";
import { projects } from "../../../src/session";

afterEach(() => vi.unstubAllGlobals());

const ISSUE = { project_id: "p1", fingerprint: "cart" };

it("hands a text that is on its way over before it is there", async () => {
  let arrive = (_text: string) => {};
  const coming = new Promise<string>((resolve) => (arrive = resolve));
  const taken: unknown[] = [];
  const write = vi.fn(async ([item]: { data: Record<string, Promise<Blob>> }[]) => {
    taken.push(await (await item?.data["text/plain"])?.text());
  });
  class Item {
    readonly data: unknown;
    constructor(data: unknown) {
      this.data = data;
    }
  }
  vi.stubGlobal("ClipboardItem", Item);
  vi.stubGlobal("navigator", { clipboard: { write } });
  const done = copyText(coming);
  expect(write).toHaveBeenCalledTimes(1);
  arrive("# Error");
  await done;
  expect(taken).toEqual(["# Error"]);
});

it("writes the text itself where a browser takes no promise", async () => {
  const writeText = vi.fn(async () => {});
  vi.stubGlobal("navigator", { clipboard: { writeText } });
  await copyText(Promise.resolve("later"));
  await copyText("now");
  expect(writeText.mock.calls).toEqual([["later"], ["now"]]);
});

it("gives the text back where the browser refuses it, and says what the server said where there is none", async () => {
  vi.stubGlobal("navigator", {});
  await expect(copyText(Promise.resolve("all of it"))).rejects.toMatchObject({ text: "all of it" });
  await expect(copyText("x")).rejects.toBeInstanceOf(Refused);
  await expect(copyText(Promise.reject(new Error("gone")))).rejects.toThrow("gone");
});

it("makes a call for a shell, which nothing in it ends", () => {
  expect(curlFor({ ...ISSUE, fingerprint: "it's" }, "https://bloop.example")).toBe(
    `curl -H "Authorization: Bearer $TOKEN" 'https://bloop.example/v1/errors/it%27s'`,
  );
});

it("links to the page of the issue, and from that page to all that is chosen there", () => {
  projects.value = [{ id: "p1", name: "Shop", slug: "shop" }];
  go("/issues?project=shop&peek=cart");
  expect(linkTo(ISSUE)).toBe(`${location.origin}/issues/cart?project=shop`);
  go("/issues/cart?project=shop&event=7");
  expect(linkTo(ISSUE)).toBe(location.href);
});
