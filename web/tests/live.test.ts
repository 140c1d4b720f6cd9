import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type LiveHandlers, listen, liveState, liveWords } from "../src/live";
import { go } from "../src/router";
import { projects } from "../src/session";

/** Stands at the network in place of the browser's own: what the server does is done to it. */
class StandIn extends EventTarget {
  static all: StandIn[] = [];
  static get last(): StandIn {
    const last = StandIn.all.at(-1);
    if (!last) throw new Error("nothing was connected");
    return last;
  }
  static get open(): StandIn[] {
    return StandIn.all.filter((known) => !known.isClosed);
  }
  isClosed = false;
  onopen: (() => void) | null = null;
  onerror: (() => void) | null = null;
  readonly url: string;
  constructor(url: string) {
    super();
    this.url = url;
    StandIn.all.push(this);
  }
  close(): void {
    this.isClosed = true;
  }
  get asked(): Record<string, string> {
    return Object.fromEntries(new URL(this.url, location.href).searchParams);
  }
  tell(kind: string, data: unknown, id = ""): void {
    this.dispatchEvent(new MessageEvent(kind, { data: JSON.stringify(data), lastEventId: id }));
  }
}

const stops: (() => void)[] = [];
let isHidden = false;
let answer: () => Promise<Response> = async () => new Response("");

function hear(handlers: LiveHandlers = {}): () => void {
  const stop = listen({ current: handlers });
  stops.push(stop);
  return stop;
}

function show(visible: boolean): void {
  isHidden = !visible;
  document.dispatchEvent(new Event("visibilitychange"));
}

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

beforeEach(() => {
  isHidden = false;
  StandIn.all = [];
  vi.useFakeTimers();
  vi.stubGlobal("EventSource", StandIn);
  vi.stubGlobal(
    "fetch",
    vi.fn(() => answer()),
  );
  vi.spyOn(document, "hidden", "get").mockImplementation(() => isHidden);
  projects.value = ["shop", "till"].map((slug) => ({ id: `id-${slug}`, name: slug, slug }));
  go("/issues?project=shop");
});
afterEach(async () => {
  for (const stop of stops.splice(0)) stop();
  await pass(10_000);
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

describe("the connection", () => {
  it("is one for all who listen, and is there as long as one of them does", async () => {
    expect(liveState.value).toBe("off");
    const [first, second] = [hear(), hear()];
    expect([StandIn.all.length, liveState.value, StandIn.last.asked]).toEqual([
      1,
      "connecting",
      { project_id: "id-shop" },
    ]);
    StandIn.last.onopen?.();
    expect([liveState.value, liveWords.value]).toEqual(["live", "Live"]);
    first();
    second();
    await pass(1_000);
    hear(); // the next page begins to listen
    await pass(10_000);
    expect([StandIn.all.length, StandIn.open.length]).toEqual([1, 1]);
    stops.at(-1)?.();
    await pass(10_000);
    expect([StandIn.open.length, liveState.value]).toEqual([0, "off"]);
  });

  it("is closed while nobody looks, and goes on after the last message", async () => {
    hear();
    StandIn.last.onopen?.();
    StandIn.last.tell("counters", {}, "a-7");
    show(false);
    expect([StandIn.open.length, liveState.value]).toEqual([0, "off"]);
    show(true);
    expect(StandIn.last.asked).toEqual({ project_id: "id-shop", last_event_id: "a-7" });
    expect(StandIn.open.length).toBe(1);
  });

  it("is not made for a page that was opened in the background, until it is seen", () => {
    isHidden = true;
    hear();
    expect(StandIn.all.length).toBe(0);
    show(true);
    expect(StandIn.all.length).toBe(1);
  });

  it("is another one for another project, which knows nothing of the first", () => {
    hear();
    StandIn.last.tell("counters", {}, "a-7");
    go("/issues?project=till");
    expect(StandIn.open.map((known) => known.asked)).toEqual([{ project_id: "id-till" }]);
  });

  it("is none where the address names no project", () => {
    hear();
    go("/issues?project=*");
    expect([StandIn.open.length, liveState.value, liveWords.value]).toEqual([0, "off", "Not live: choose one project"]);
  });
});

describe("a message", () => {
  it("reaches all who listen to its kind", () => {
    const [one, other, deaf] = [vi.fn(), vi.fn(), vi.fn()];
    hear({ new: one });
    hear({ new: other, changed: deaf });
    StandIn.last.tell("new", { fingerprint: "f" }, "a-1");
    expect([one.mock.calls, other.mock.calls, deaf.mock.calls]).toEqual([
      [[{ fingerprint: "f" }]],
      [[{ fingerprint: "f" }]],
      [],
    ]);
  });

  it("reaches the others when one of them cannot take it", () => {
    const reported = vi.fn();
    vi.stubGlobal("reportError", reported);
    const other = vi.fn();
    hear({
      status: () => {
        throw new Error("a fault");
      },
    });
    hear({ status: other });
    StandIn.last.tell("status", {}, "a-1");
    expect([other.mock.calls.length, reported.mock.calls.length]).toEqual([1, 1]);
  });
});

describe("a connection that ends", () => {
  it("is made again after the last message, without alarm", async () => {
    hear();
    StandIn.last.onopen?.();
    StandIn.last.tell("new", {}, "a-9");
    StandIn.last.onerror?.();
    expect([liveState.value, StandIn.open.length]).toEqual(["connecting", 0]);
    await pass(2_500);
    expect(StandIn.last.asked.last_event_id).toBe("a-9");
    expect(StandIn.open.length).toBe(1);
  });

  it("says that all is to be read anew when there is nothing to go on after", async () => {
    const reset = vi.fn();
    hear({ reset });
    StandIn.last.onopen?.();
    expect(reset).not.toHaveBeenCalled();
    StandIn.last.onerror?.();
    await pass(2_500);
    StandIn.last.onopen?.();
    expect(reset).toHaveBeenCalledWith({ reason: "unknown_id" });
  });
});

describe("a connection that does not come", () => {
  it("is tried less and less often while no server answers", async () => {
    answer = async () => {
      throw new TypeError("no server");
    };
    hear();
    for (const wait of [2_000, 4_000, 8_000]) {
      const before = StandIn.all.length;
      StandIn.last.onerror?.();
      await pass(wait - 1);
      expect([StandIn.all.length, liveState.value]).toEqual([before, "lost"]);
      await pass(wait / 4 + 1);
      expect(StandIn.all.length).toBe(before + 1);
    }
    expect(liveWords.value).toBe("Not live. The server cannot be reached. Trying again…");
    StandIn.last.onopen?.();
    expect(liveState.value).toBe("live");
  });

  it("is tried at once when the network is back", async () => {
    answer = async () => {
      throw new TypeError("no server");
    };
    hear();
    StandIn.last.onerror?.();
    await pass(10);
    dispatchEvent(new Event("online"));
    expect(StandIn.all.length).toBe(2);
  });

  it("says that the server has too many, and waits as long as it asks for", async () => {
    answer = async () => Response.json({ error: "too many" }, { status: 503, headers: { "retry-after": "10" } });
    hear();
    StandIn.last.onerror?.();
    await pass(9_000);
    expect([StandIn.all.length, liveWords.value]).toEqual([
      1,
      "Not live. Too many pages are open at this server. Trying again…",
    ]);
    await pass(4_000);
    expect(StandIn.all.length).toBe(2);
  });

  it("leads to the sign-in page when the session has ended", async () => {
    const left = vi.spyOn(location, "assign").mockImplementation(() => {});
    answer = async () => Response.json({ error: "authentication required" }, { status: 401 });
    hear();
    StandIn.last.onerror?.();
    await pass(10);
    expect(left).toHaveBeenCalledWith("/auth/login?next=%2Fissues%3Fproject%3Dshop");
  });

  it("is of no interest any more when nobody looks meanwhile", async () => {
    answer = () => new Promise((resolve) => setTimeout(resolve, 1_000, new Response("")));
    hear();
    StandIn.last.onerror?.();
    show(false);
    await pass(60_000);
    expect([StandIn.all.length, liveState.value]).toEqual([1, "off"]);
  });
});
