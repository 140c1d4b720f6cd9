import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { addShortcuts, keyCaps, listenToKeys, shortcuts } from "../src/keys";

let done: string[] = [];
let remove = () => {};
listenToKeys();

function press(key: string, options: KeyboardEventInit = {}, target: EventTarget = document.body): void {
  target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...options }));
}

function shortcut(keys: string) {
  return { keys, label: keys, group: "Test", run: () => done.push(keys) };
}

beforeEach(() => {
  done = [];
  remove = addShortcuts(["j", "g i", "?", "mod+k", "shift+ArrowDown", "x", "shift+x", "Space"].map(shortcut));
});
afterEach(() => {
  remove();
  document.body.replaceChildren();
});

describe("a shortcut", () => {
  it("works by its key, by two after each other, and with Ctrl or Cmd", () => {
    press("j");
    press("g");
    press("i");
    press("?", { shiftKey: true });
    press("k", { ctrlKey: true });
    press("K", { metaKey: true });
    press("ArrowDown", { shiftKey: true });
    expect(done).toEqual(["j", "g i", "?", "mod+k", "mod+k", "shift+ArrowDown"]);
  });

  it("has a letter with Shift apart from the letter, and else takes it for the letter", () => {
    press("X", { shiftKey: true });
    press("x");
    press("J", { shiftKey: true });
    press(" ");
    expect(done).toEqual(["shift+x", "x", "j", "Space"]);
  });

  it("works where it is meant to alone, and leaves its key to others elsewhere", () => {
    const row = document.body.appendChild(document.createElement("div"));
    const drop = addShortcuts([{ ...shortcut("Enter"), only: (focused) => focused === row }]);
    press("Enter");
    press("Enter", {}, row);
    drop();
    expect(done).toEqual(["Enter"]);
  });

  it("does not work with other modifiers, nor half of it", () => {
    press("j", { altKey: true });
    press("j", { ctrlKey: true });
    press("k", { ctrlKey: true, shiftKey: true });
    press("i");
    press("k");
    expect(done).toEqual([]);
  });

  it.each(["input", "textarea", "select"])("rests while somebody types in a %s, but for those with Ctrl", (tag) => {
    const field = document.body.appendChild(document.createElement(tag));
    press("j", {}, field);
    press("k", { ctrlKey: true }, field);
    expect(done).toEqual(["mod+k"]);
  });

  it("works at a checkbox, where nothing is typed", () => {
    const box = document.body.appendChild(document.createElement("input"));
    box.type = "checkbox";
    press("j", {}, box);
    expect(done).toEqual(["j"]);
  });

  it("rests while a dialog is open", () => {
    const dialog = document.body.appendChild(document.createElement("dialog"));
    dialog.setAttribute("open", "");
    press("j");
    press("k", { ctrlKey: true });
    expect(done).toEqual([]);
  });

  it("gives way to one with the same keys that was added later", () => {
    const removeLater = addShortcuts([{ ...shortcut("j"), run: () => done.push("later") }]);
    press("j");
    removeLater();
    press("j");
    expect(done).toEqual(["later", "j"]);
  });

  it("is gone when it is removed", () => {
    remove();
    expect(shortcuts.value).toEqual([]);
    press("j");
    expect(done).toEqual([]);
  });
});

it("draws key caps", () => {
  expect([keyCaps("g i"), keyCaps("mod+k"), keyCaps("Escape")]).toEqual([["G", "I"], ["Ctrl", "K"], ["Esc"]]);
});
