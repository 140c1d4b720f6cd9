import { render } from "preact";
import { expect, it } from "vitest";
import { Problem } from "../../src/api/client";
import { useLoaded } from "../../src/api/useLoaded";
import { Loaded } from "../../src/ui/States";
import { acting } from "../acting";

interface Call {
  signal: AbortSignal;
  answer: (data: string) => void;
  refuse: (error: unknown) => void;
}

const calls: Call[] = [];

function Thing({ name }: { name: string }) {
  const thing = useLoaded(
    (signal) => new Promise<string>((answer, refuse) => calls.push({ signal, answer, refuse })),
    [name],
  );
  return (
    <>
      <Loaded from={thing} skeleton="loading">
        {(data) => <b>{data}</b>}
      </Loaded>
      <button type="button" onClick={() => thing.change((data) => `${data}!`)}>
        change
      </button>
      <button type="button" onClick={thing.reload}>
        again
      </button>
    </>
  );
}

function last(): Call {
  const call = calls.at(-1);
  if (!call) throw new Error("nothing was asked for");
  return call;
}

it("shows what came for the newest inputs, and aborts what was asked for before", async () => {
  const root = document.createElement("div");
  const text = () => root.textContent?.replace("changeagain", "");
  await acting(() => render(<Thing name="a" />, root));
  expect(text()).toBe("loading");
  await acting(() => last().answer("A"));
  expect(text()).toBe("A");

  const first = calls.length;
  await acting(() => render(<Thing name="b" />, root));
  expect(text()).toBe("loading");
  const slow = last();
  await acting(() => render(<Thing name="c" />, root));
  expect([slow.signal.aborted, calls.length]).toEqual([true, first + 2]);
  await acting(() => last().answer("C"));
  await acting(() => slow.answer("B"));
  expect(text()).toBe("C");
});

it("says what went wrong, tries again, and keeps old data while it does", async () => {
  const root = document.createElement("div");
  await acting(() => render(<Thing name="d" />, root));
  await acting(() => last().refuse(new Problem("The disk is full.", 500, "abc")));
  expect(root.querySelector("[role=alert]")?.textContent).toContain("The disk is full.");
  expect(root.querySelector("code")?.textContent).toBe("abc");

  await acting(() => root.querySelector<HTMLButtonElement>("[role=alert] button")?.click());
  await acting(() => last().answer("D"));
  expect(root.querySelector("b")?.textContent).toBe("D");

  await acting(() => [...root.querySelectorAll("button")].at(-1)?.click());
  expect(root.querySelector("b")?.textContent).toBe("D");
  await acting(() => last().answer("D2"));
  expect(root.querySelector("b")?.textContent).toBe("D2");
});

it("says that old data is old when it cannot be loaded anew", async () => {
  const root = document.createElement("div");
  await acting(() => render(<Thing name="e" />, root));
  await acting(() => last().answer("E"));
  await acting(() => [...root.querySelectorAll("button")].at(-1)?.click());
  await acting(() => last().refuse(new Problem("The disk is full.", 503)));
  expect([root.querySelector("b")?.textContent, root.querySelector("[role=alert] span")?.textContent]).toEqual([
    "E",
    "What you see may be old. The disk is full.",
  ]);
  await acting(() => root.querySelector<HTMLButtonElement>("[role=alert] button")?.click());
  await acting(() => last().answer("E2"));
  expect([root.querySelector("b")?.textContent, root.querySelector("[role=alert]")]).toEqual(["E2", null]);
});

it("lets no answer undo a change that was made while it was on its way", async () => {
  const root = document.createElement("div");
  const press = (at: number) => acting(() => [...root.querySelectorAll("button")].at(at)?.click());
  await acting(() => render(<Thing name="f" />, root));
  await acting(() => last().answer("F"));
  await press(-1);
  const early = last();
  await press(-2);
  expect([root.querySelector("b")?.textContent, early.signal.aborted, last() === early]).toEqual(["F!", true, false]);
  await acting(() => early.answer("F"));
  expect(root.querySelector("b")?.textContent).toBe("F!");
  await acting(() => last().answer("F?"));
  expect(root.querySelector("b")?.textContent).toBe("F?");
});
