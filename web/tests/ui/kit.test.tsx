import { type ComponentChild, render } from "preact";
import { afterEach, describe, expect, it, vi } from "vitest";
import { Button } from "../../src/ui/Button";
import { ConfirmDialog } from "../../src/ui/Dialog";
import { Field } from "../../src/ui/Field";
import { Menu } from "../../src/ui/Menu";
import { Tabs } from "../../src/ui/Tabs";
import { Time } from "../../src/ui/Time";
import { Toasts, toast } from "../../src/ui/Toast";
import { acting } from "../acting";

const root = document.body.appendChild(document.createElement("div"));
const show = (children: ComponentChild) => acting(() => render(children, root));
const find = <E extends HTMLElement>(selector: string) => root.querySelector<E>(selector);
const named = (name: string) =>
  [...root.querySelectorAll<HTMLElement>("button, a")].find((known) => known.textContent === name);
const press = (target: Element | null, key: string) =>
  acting(() => target?.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true })));

afterEach(() => acting(() => render(null, root)));

describe("a button", () => {
  it("cannot be pressed while it is busy", async () => {
    const pressed = vi.fn();
    await show(
      <Button busy onClick={pressed}>
        Save
      </Button>,
    );
    find<HTMLButtonElement>("button")?.click();
    expect([pressed.mock.calls.length, find("button")?.getAttribute("aria-busy")]).toEqual([0, "true"]);
  });

  it("that becomes disabled when it is pressed keeps the focus until it is left", async () => {
    const pressed = vi.fn();
    const save = (disabled: boolean) => (
      <Button disabled={disabled} onClick={pressed}>
        Save
      </Button>
    );
    await show(save(false));
    const button = find<HTMLButtonElement>("button");
    button?.focus();
    await show(save(true));
    button?.click();
    expect([button?.disabled, button?.getAttribute("aria-disabled"), pressed.mock.calls.length]).toEqual([
      false,
      "true",
      0,
    ]);
    await acting(() => button?.blur());
    expect([button?.disabled, button?.hasAttribute("aria-disabled")]).toEqual([true, false]);
  });
});

describe("a field", () => {
  it("says what is wrong in place of its hint, to screen readers too", async () => {
    await show(<Field label="Name" hint="Any name" error="Too long" value="x" onInput={() => {}} />);
    const input = find<HTMLInputElement>("input");
    const note = document.getElementById(input?.getAttribute("aria-describedby") ?? "");
    expect([note?.textContent, input?.getAttribute("aria-invalid")]).toEqual(["Too long", "true"]);
    expect(root.querySelector("label")?.getAttribute("for")).toBe(input?.id);
  });
});

describe("asking before something is destroyed", () => {
  async function type(text: string): Promise<void> {
    const input = find<HTMLInputElement>("input");
    if (!input) throw new Error("no field");
    input.value = text;
    await acting(() => input.dispatchEvent(new Event("input", { bubbles: true })));
  }
  const send = () =>
    acting(() => find("form")?.dispatchEvent(new Event("submit", { bubbles: true, cancelable: true })));

  it("waits for the name, and shows what went wrong", async () => {
    const destroy = vi.fn(async () => {
      throw new Error("The default project stays.");
    });
    await show(
      <ConfirmDialog title="Delete" confirm="Delete project" typeName="shop" onConfirm={destroy} onClose={() => {}}>
        All is lost.
      </ConfirmDialog>,
    );
    await type("sho");
    await send();
    expect([destroy.mock.calls.length, (named("Delete project") as HTMLButtonElement).disabled]).toEqual([0, true]);
    await type("shop ");
    await send();
    expect(destroy).toHaveBeenCalledTimes(1);
    expect(find("[role=alert]")?.textContent).toBe("The default project stays.");
  });
});

describe("a form", () => {
  it("is sent once, however quickly it is sent twice, and stays until that has ended", async () => {
    let end = () => {};
    const send = vi.fn(() => new Promise<void>((resolve) => (end = resolve)));
    const close = vi.fn();
    await show(
      <ConfirmDialog title="Sign out" confirm="Sign out" onConfirm={send} onClose={close}>
        Everywhere.
      </ConfirmDialog>,
    );
    await acting(() => {
      for (let time = 0; time < 2; time += 1)
        find("form")?.dispatchEvent(new Event("submit", { bubbles: true, cancelable: true }));
    });
    await press(find("dialog"), "Escape");
    expect([send.mock.calls.length, close.mock.calls.length]).toEqual([1, 0]);
    await acting(end);
    await press(find("dialog"), "Escape");
    expect(close).toHaveBeenCalledTimes(1);
  });
});

describe("a menu", () => {
  const items = [{ label: "Apples" }, { label: "Pears" }, { label: "Plums" }].map((item) => ({
    ...item,
    run: vi.fn(),
  }));

  it("is opened by an arrow, walked through by arrows and first letters, and left by Esc", async () => {
    await show(
      <Menu label="Fruit" items={items}>
        Fruit
      </Menu>,
    );
    const button = find<HTMLButtonElement>("button");
    await press(button, "ArrowDown");
    const focused = () => document.activeElement?.textContent;
    expect(focused()).toBe("Apples");
    await press(document.activeElement, "ArrowUp");
    expect(focused()).toBe("Plums");
    await press(document.activeElement, "p");
    expect(focused()).toBe("Pears");
    await press(document.activeElement, "Escape");
    expect([find("[role=menu]"), document.activeElement]).toEqual([null, button]);
  });

  it("does what is chosen, and closes", async () => {
    await show(
      <Menu label="Fruit" items={items}>
        Fruit
      </Menu>,
    );
    await acting(() => find("button")?.click());
    await acting(() => named("Pears")?.click());
    expect(items[1]?.run).toHaveBeenCalledTimes(1);
    expect(find("[role=menu]")).toBeNull();
  });
});

describe("tabs", () => {
  it("are chosen by arrows, round and round", async () => {
    const chosen = vi.fn();
    const tabs = ["curl", "python"].map((value) => ({ value, label: value }));
    await show(
      <Tabs label="Language" tabs={tabs} value="python" onChange={chosen}>
        code
      </Tabs>,
    );
    await press(find("[aria-selected=true]"), "ArrowRight");
    expect(chosen).toHaveBeenLastCalledWith("curl");
    chosen.mockClear();
    // That is the browser's way back.
    const back = new KeyboardEvent("keydown", { key: "ArrowLeft", altKey: true, bubbles: true, cancelable: true });
    await acting(() => find("[aria-selected=true]")?.dispatchEvent(back));
    expect([chosen.mock.calls, back.defaultPrevented]).toEqual([[], false]);
    expect([...root.querySelectorAll("[role=tab]")].map((tab) => tab.getAttribute("tabindex"))).toEqual(["-1", "0"]);
  });
});

describe("a toast", () => {
  it("offers its act, and goes with it", async () => {
    const undo = vi.fn();
    await show(<Toasts />);
    await acting(() => toast("Resolved", { action: { label: "Undo", run: undo } }));
    expect(find("[role=status]")?.textContent).toContain("Resolved");
    await acting(() => named("Undo")?.click());
    expect([undo.mock.calls.length, root.querySelectorAll(".toast").length]).toEqual([1, 0]);
  });
});

describe("a time", () => {
  it("has the exact one for machines and in its title", async () => {
    await show(<Time secs={1_767_268_800} />);
    const time = find("time");
    expect(time?.getAttribute("datetime")).toBe("2026-01-01T12:00:00.000Z");
    expect(time?.title).toContain("2026");
  });
});
