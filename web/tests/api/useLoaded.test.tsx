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
  const text = () => root.textContent?.replace("again", "");
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
