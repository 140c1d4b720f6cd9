import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { api, isAbort, Problem } from "../../src/api/client";

const asked: { url: string; init: RequestInit }[] = [];
let answer: () => Promise<Response>;

beforeEach(() => {
  asked.length = 0;
  vi.stubGlobal("fetch", (url: string, init: RequestInit) => {
    asked.push({ url, init });
    return answer();
  });
});
afterEach(() => vi.unstubAllGlobals());

function says(body: unknown, status = 200, headers: Record<string, string> = {}): void {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  answer = async () => new Response(status === 204 ? null : text, { status, headers });
}

async function problemOf(call: Promise<unknown>): Promise<Problem> {
  const thrown = await call.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(thrown).toBeInstanceOf(Problem);
  return thrown as Problem;
}

describe("a request", () => {
  it("leaves out of the query what is not there", async () => {
    says([]);
    await api.get("/v1/errors", { query: { project_id: "a b", limit: 50, q: null, since: undefined, capped: false } });
    expect(asked[0]?.url).toBe("/v1/errors?project_id=a+b&limit=50&capped=false");
  });

  it("has a JSON body only where there is one", async () => {
    says({});
    await api.post("/v1/projects", { name: "Käse" });
    await api.post("/auth/logout");
    expect(asked.map(({ init }) => [init.body, init.headers])).toEqual([
      ['{"name":"Käse"}', { "content-type": "application/json" }],
      [null, {}],
    ]);
  });

  it("may be answered by nothing", async () => {
    says("", 204);
    expect(await api.delete("/v1/tokens/1")).toBeUndefined();
  });
});

describe("a list", () => {
  it("says where it goes on, and how long it is as far as the server knows", async () => {
    const capped = { "x-total-count": "1000", "x-total-capped": "true", link: '</v1/errors?cursor=x>; rel="next"' };
    says([1], 200, capped);
    const total = { count: 1000, isCapped: true };
    expect(await api.page("/v1/errors")).toEqual({ rows: [1], next: "/v1/errors?cursor=x", total });
    says([2], 200, { "x-total-count": "7" });
    expect((await api.page("/v1/errors")).total).toEqual({ count: 7, isCapped: false });
    says([3]);
    expect(await api.page("/v1/admin/audit")).toEqual({ rows: [3], next: null, total: null });
  });
});

describe("a problem", () => {
  it("is told in the words of the server, as a sentence", async () => {
    says({ error: "username is taken" }, 409);
    const problem = await problemOf(api.post("/v1/x"));
    expect([problem.message, problem.status]).toEqual(["Username is taken.", 409]);
  });

  it("says when to try again", async () => {
    says({ error: "too many requests" }, 429, { "retry-after": "7" });
    expect((await problemOf(api.get("/v1/x"))).message).toBe("Too many requests. Try again in 7 seconds.");
  });

  it("carries the id by which the server's log is searched", async () => {
    says({ error: "internal server error" }, 500, { "x-request-id": "abc" });
    expect((await problemOf(api.get("/v1/x"))).requestId).toBe("abc");
  });

  it.each([
    ["<html>Bad Gateway</html>", 502, "The server answered with status 502."],
    ['{"error": 5}', 500, "The server answered with status 500."],
    ["<html>hello</html>", 200, "The server answered with something that is no JSON: is a proxy in between?"],
  ])("has words for what is no answer of ours: %s", async (body, status, expected) => {
    says(body, status);
    expect((await problemOf(api.get("/v1/x"))).message).toBe(expected);
  });

  it("has words for a server that cannot be reached", async () => {
    answer = async () => {
      throw new TypeError("Failed to fetch");
    };
    const problem = await problemOf(api.get("/v1/x"));
    expect([problem.status, problem.message.split(".")[0]]).toEqual([0, "The server cannot be reached"]);
  });
});

describe("a session that has ended", () => {
  it("leads to the sign-in page, and from there back", async () => {
    const assign = vi.spyOn(location, "assign").mockImplementation(() => {});
    history.replaceState(null, "", "/issues?project=shop");
    says({ error: "authentication required" }, 401);
    await problemOf(api.get("/v1/stats"));
    expect(assign).toHaveBeenCalledExactlyOnceWith("/auth/login?next=%2Fissues%3Fproject%3Dshop");
    assign.mockClear();
    await problemOf(api.post("/auth/login/finish", {}));
    expect(assign).not.toHaveBeenCalled();
    assign.mockRestore();
  });

  it("leaves an open form where it is, and says what to do", async () => {
    const assign = vi.spyOn(location, "assign").mockImplementation(() => {});
    const dialog = document.body.appendChild(document.createElement("dialog"));
    dialog.append(document.createElement("form"));
    dialog.setAttribute("open", "");
    says({ error: "authentication required" }, 401);
    expect((await problemOf(api.post("/v1/projects", {}))).message).toContain("Sign in again in another tab");
    expect(assign).not.toHaveBeenCalled();
    dialog.remove();
    assign.mockRestore();
  });

  it("leaves a page where it is that has something on it that is not saved", async () => {
    const assign = vi.spyOn(location, "assign").mockImplementation(() => {});
    const form = document.body.appendChild(document.createElement("form"));
    form.setAttribute("data-unsaved", "true");
    says({ error: "authentication required" }, 401);
    await problemOf(api.put("/v1/alerts/1", {}));
    expect(assign).not.toHaveBeenCalled();
    form.remove();
    assign.mockRestore();
  });
});

it("has words for a server that takes too long", async () => {
  answer = async () => {
    throw new DOMException("late", "TimeoutError");
  };
  expect((await problemOf(api.get("/v1/x"))).message).toBe("The server has not answered for 30 seconds.");
  const patient = await problemOf(api.post("/v1/x", {}, { patienceMs: 120_000 }));
  expect(patient.message).toBe("The server has not answered for 120 seconds.");
});

it("says how long it has waited also where the answer had begun to come", async () => {
  answer = async () => {
    const begun = Response.json({});
    begun.text = async () => {
      throw new DOMException("late", "TimeoutError");
    };
    return begun;
  };
  const patient = await problemOf(api.post("/v1/x", {}, { patienceMs: 120_000 }));
  expect(patient.message).toBe("The server has not answered for 120 seconds.");
});

it("tells an abort from a failure", async () => {
  answer = async () => {
    throw new DOMException("gone", "AbortError");
  };
  const thrown = await api.get("/v1/x").catch((error: unknown) => error);
  expect([isAbort(thrown), thrown instanceof Problem, isAbort(new Error("x"))]).toEqual([true, false, false]);
});
