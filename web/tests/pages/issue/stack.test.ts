import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Frame } from "../../../src/api/types";
import {
  blocksOf,
  isOfServer,
  placeText,
  readMapped,
  readStack,
  type StackFrame,
  withReasons,
} from "../../../src/pages/issue/stack";
import { BEGINNINGS, FOLDER_PAIRS, FOLDERS, LIBRARIES, PACKAGES } from "../../../src/pages/issue/stackMarks";

const framesOf = (text: string, message?: string) =>
  readStack(text, message).filter((item): item is StackFrame => item.kind === "frame");
/** Each frame in a line: its name, where it is, and what shows that it is a library's. */
const told = (text: string, message?: string) =>
  framesOf(text, message).map((frame) => `${frame.name} ${placeText(frame)} ${frame.mark ?? "own"}`);

describe("a stack of JavaScript", () => {
  it("is read as V8 writes it", () => {
    const stack = `TypeError: Cannot read properties of undefined (reading 'id')
    at Object.<anonymous> (/srv/app/node_modules/express/lib/router.js:100:5)
    at async CartController.add [as handler] (https://cdn.example.com/assets/cart-Bk3xYz12.js?v=3:42:10)
    at new Cart (src/cart (copy).ts:7:9)
    at https://shop.example/assets/app.js:1:283
    at async https://shop.example/a.js:2:4
    at Array.map (<anonymous>)
    at processTicksAndRejections (node:internal/process/task_queues:95:5)`;
    expect(told(stack)).toEqual([
      "Object.<anonymous> /srv/app/node_modules/express/lib/router.js:100:5 node_modules",
      "CartController.add https://cdn.example.com/assets/cart-Bk3xYz12.js?v=3:42:10 own",
      "new Cart src/cart (copy).ts:7:9 own",
      " https://shop.example/assets/app.js:1:283 own",
      " https://shop.example/a.js:2:4 own",
      "Array.map <anonymous> <anonymous>",
      "processTicksAndRejections node:internal/process/task_queues:95:5 node:",
    ]);
    expect(readStack(stack)[0]).toEqual({
      kind: "text",
      text: "TypeError: Cannot read properties of undefined (reading 'id')",
    });
  });

  it("is read as Firefox and Safari write it", () => {
    const stack = "forEach@[native code]\nadd/<@https://example.com/app.js:1:2\n@https://example.com/app.js:3:4\n";
    expect(told(stack)).toEqual([
      "forEach [native code] [native code]",
      "add/< https://example.com/app.js:1:2 own",
      " https://example.com/app.js:3:4 own",
    ]);
  });
});

describe("a stack of Python", () => {
  it("has the source below each frame, without the marks under it", () => {
    const stack = `Traceback (most recent call last):
  File "/srv/app.py", line 42, in handler
    return add(cart)
           ^^^^^^^^^
  File "/srv/venv/lib/python3.12/site-packages/x/y.py", line 2, in get
    raise KeyError(name)
KeyError: 'b'`;
    expect(told(stack)).toEqual([
      "handler /srv/app.py:42 own",
      "get /srv/venv/lib/python3.12/site-packages/x/y.py:2 site-packages",
    ]);
    expect(framesOf(stack)[0]?.source).toEqual([{ number: 42, text: "return add(cart)", isHere: true }]);
    expect(readStack(stack).at(-1)).toEqual({ kind: "text", text: "KeyError: 'b'" });
  });

  it("is read through the margins of a group, and through several in a row", () => {
    const stack = `  + Exception Group Traceback (most recent call last):
  |   File "/srv/app.py", line 1, in run
  |     go()
  | ExceptionGroup: two (1 sub-exception)
  +-+---------------- 1 ----------------
    | Traceback (most recent call last):
    |   File "/srv/app.py", line 9, in part
    | ValueError: 1
    +------------------------------------`;
    expect(told(stack)).toEqual(["run /srv/app.py:1 own", "part /srv/app.py:9 own"]);
    expect(framesOf(stack)[0]?.source.map((line) => line.text)).toEqual(["go()"]);
    expect(blocksOf(readStack(stack)).map((block) => block.kind)).toEqual(["text", "own", "text", "own", "text"]);
  });
});

describe("a stack of another language", () => {
  const CASES: Record<string, [stack: string, told: string[]]> = {
    java: [
      `java.lang.IllegalStateException: not attached
\tat java.base/java.util.Objects.requireNonNull(Objects.java:3)
\tat com.acme.shop.Checkout.pay(Checkout.java:77)
\tat jdk.internal.reflect.GeneratedMethodAccessor17.invoke(Unknown Source)
Caused by: java.io.IOException: 17
\tat com.acme.shop.Net.send(Net.kt:1)
\t... 12 more`,
      [
        "java.util.Objects.requireNonNull Objects.java:3 java",
        "com.acme.shop.Checkout.pay Checkout.java:77 own",
        "jdk.internal.reflect.GeneratedMethodAccessor17.invoke  jdk",
        "com.acme.shop.Net.send Net.kt:1 own",
      ],
    ],
    swift: [
      `Fatal error: Index out of range: file MyApp/Cart.swift, line 88
0   libswiftCore.dylib                  0x00000001a1 $ss17_assertionFailure + 100
1   MyApp Beta                          0x0000000104 Cart.add(_:) + 120 (Cart.swift:88)
2   MyApp                               0x0000000104 closure #1 in CartView.body.getter + 16
3   UIKitCore                           0x0000000184f4b5d0 -[UIApplication sendAction:to:from:forEvent:] + 96`,
      [
        "$ss17_assertionFailure libswiftCore.dylib libswiftCore.dylib",
        "Cart.add(_:) Cart.swift:88 own",
        "closure #1 in CartView.body.getter MyApp own",
        "-[UIApplication sendAction:to:from:forEvent:] UIKitCore UIKitCore",
      ],
    ],
    ruby: [
      `app/order.rb:2:in \`find': no such order: 17 (RuntimeError)
\tfrom /usr/lib/ruby/gems/3.2.0/gems/activerecord-7.0.4/lib/core.rb:12:in 'Core#find'
\tfrom app/order.rb:9`,
      [
        "find app/order.rb:2 own",
        "Core#find /usr/lib/ruby/gems/3.2.0/gems/activerecord-7.0.4/lib/core.rb:12 gems",
        " app/order.rb:9 own",
      ],
    ],
    go: [
      `panic: runtime error: index out of range [5] with length 3

goroutine 1 [running]:
panic({0x1006f5ba0, 0x140000b2018})
\t/usr/local/go/src/runtime/panic.go:884 +0x213
main.(*Server).handle(0xc000010000, {0x1, 0x2})
\t/srv/main.go:42 +0x1d
created by main.start in goroutine 5
\t/srv/main.go:12 +0x1`,
      [
        "panic /usr/local/go/src/runtime/panic.go:884 go/src/runtime",
        "main.(*Server).handle /srv/main.go:42 own",
        "main.start /srv/main.go:12 own",
      ],
    ],
    rust: [
      `thread 'main' panicked at src/cart.rs:41:9:
no price
stack backtrace:
   0: rust_begin_unwind
             at /rustc/9fc6b4312/library/std/src/panicking.rs:665:5
   1: core::panicking::panic_fmt
             at /rustc/9fc6b4312/library/core/src/panicking.rs:74:14
   2: shop::cart::total::h0123456789abcdef
             at ./src/cart.rs:41:9
   3: shop::main`,
      [
        "rust_begin_unwind /rustc/9fc6b4312/library/std/src/panicking.rs:665:5 /rustc/",
        "core::panicking::panic_fmt /rustc/9fc6b4312/library/core/src/panicking.rs:74:14 /rustc/",
        "shop::cart::total ./src/cart.rs:41:9 own",
        "shop::main  own",
      ],
    ],
    dotnet: [
      `System.InvalidOperationException: bad
   at System.String.Substring(Int32 startIndex, Int32 length)
   at Acme.Cart.Add(String x) in C:\\src\\Cart.cs:line 42`,
      [
        "System.String.Substring(Int32 startIndex, Int32 length)  System",
        "Acme.Cart.Add(String x) C:\\src\\Cart.cs:42 own",
      ],
    ],
    php: [
      `Stack trace:
#0 /var/www/vendor/guzzle/client.php(10): call_user_func(Object(Closure))
#1 /var/www/app/Foo.php(42): App\\Foo->bar('a', 1)
#2 {main}`,
      [
        "call_user_func /var/www/vendor/guzzle/client.php:10 vendor",
        "App\\Foo->bar /var/www/app/Foo.php:42 own",
        "{main}  {main}",
      ],
    ],
    dart: [
      "#0      List.[] (dart:core-patch/growable_array.dart:264:36)\n#1      Cart.add (package:app/cart.dart:5:3)",
      ["List.[] dart:core-patch/growable_array.dart:264:36 dart:", "Cart.add package:app/cart.dart:5:3 own"],
    ],
  };

  it.each(Object.entries(CASES))("is read: %s", (_name, [stack, expected]) => {
    expect(told(stack)).toEqual(expected);
    expect(told(stack.replaceAll("\n", "\r\n"))).toEqual(expected);
  });
});

it("leaves a message of several lines alone, whatever they look like", () => {
  const message = "two lines\nat fake (fake.js:1:2)";
  expect(told(`Error: ${message}\n    at real (real.js:3:4)`, message)).toEqual(["real real.js:3:4 own"]);
});

it("keeps every line of what it does not know", () => {
  expect(readStack("one\n\n  two at 0x7f12 line 17\n")).toEqual([
    { kind: "text", text: "one\n\n  two at 0x7f12 line 17" },
  ]);
  expect(readStack("")).toEqual([]);
});

const ODD = ["at ", "at a(", "(", "#1 ", "1 A 0x1 ", 'File "', "from ", ":in `", "a@", "1: ", "x: ", "@:1:1"];

it.each(ODD)("has soon read what is long and odd, and loses nothing of it: %s", (unit) => {
  const long = unit.repeat(20_000);
  const texts = readStack(long).map((item) => (item.kind === "text" ? item.text : item.raw));
  expect(texts).toEqual([long.trimEnd()]);
  const lines = `${unit}x\n`.repeat(5_000);
  const kept = readStack(lines).map((item) => (item.kind === "text" ? item.text : item.raw));
  expect(kept.join("\n").split("\n")).toHaveLength(5_000);
});

it("puts library frames in a row into one block", () => {
  const stack = "E: m\nat a (node_modules/a.js:1:1)\nat b (node:fs:1:1)\nat c (c.js:1:1)\nat d (node_modules/d.js:1:1)";
  const blocks = blocksOf(readStack(stack));
  expect(blocks.map((block) => (block.kind === "library" ? block.frames.length : block.kind))).toEqual([
    "text",
    2,
    "own",
    1,
  ]);
});

describe("a mapped stack", () => {
  const MAPPED: Frame = {
    original_file: "webpack://shop/../src/cart.ts",
    original_line: 17,
    original_column: 10,
    original_name: null,
    raw_frame: "at o (https://shop.example/assets/app.js:1:99)",
    pre_context: ["function amountOf() {"],
    context_line: "  throw new TypeError();",
    post_context: ["}"],
  };
  const none = { original_file: null, original_line: null, original_column: null, original_name: null };
  const unmapped = (raw_frame: string): Frame => ({
    ...none,
    raw_frame,
    pre_context: [],
    context_line: null,
    post_context: [],
  });

  it("tells of the sources, and of lines that are not mapped why", () => {
    const raw = "at r (https://shop.example/assets/vendor.js:1:47)";
    const frames = [unmapped("TypeError: no price"), MAPPED, unmapped(raw)];
    const items = readMapped(frames, [{ raw_frame: raw, reason: "no map for release 1" }], "a\nb\nc");
    expect(items.map((item) => item.kind)).toEqual(["text", "frame", "frame"]);
    const [, first, second] = items as StackFrame[];
    expect([first && placeText(first), first?.name, first?.reason]).toEqual(["src/cart.ts:17:11", "o", null]);
    expect(first?.source.map((line) => [line.number, line.isHere])).toEqual([
      [16, false],
      [17, true],
      [18, false],
    ]);
    expect([second?.file, second?.reason]).toEqual(["https://shop.example/assets/vendor.js", "no map for release 1"]);
  });

  it("names each frame by what the one below it calls, as maps name no functions", () => {
    const caller = {
      ...MAPPED,
      original_name: "amountOf",
      raw_frame: "at r (https://shop.example/assets/app.js:1:47)",
    };
    const last = { ...MAPPED, raw_frame: "at https://shop.example/assets/app.js:1:283" };
    const names = readMapped([MAPPED, caller, last], [], "").map((item) => (item as StackFrame).name);
    expect(names).toEqual(["amountOf", "r", ""]);
  });

  it("says of a stack as it was sent, too, why its lines are not mapped", () => {
    const raw = "at r (https://shop.example/assets/vendor.js:1:47)";
    const items = withReasons(readStack(`E: x\n  ${raw}\n  at s (b.js:1:2)`), [{ raw_frame: raw, reason: "because" }]);
    expect(items.map((item) => (item.kind === "frame" ? item.reason : item.text))).toEqual(["E: x", "because", null]);
  });

  it("goes on with the lines that the server has not looked at", () => {
    const items = readMapped([MAPPED], [], "at o (https://shop.example/assets/app.js:1:99)\n\n  at late (late.js:1:2)");
    expect(items.map((item) => (item.kind === "frame" ? item.name : item.text))).toEqual(["o", "late"]);
  });
});

it("goes by the marks that the server's grouping goes by", () => {
  const server = readFileSync("../src/bloop_trio/issues/grouping/framework_marks.py", "utf8");
  const lists = server.slice(server.indexOf("_FOLDERS"), server.indexOf("def framework_mark"));
  const quoted = lists.split("\n").filter((line) => line.startsWith("    ") || line.startsWith("_FOLDER_PAIRS"));
  const marks = [...quoted.join("\n").matchAll(/"([^"\n]+)"(:?)/g)]
    .filter(([, , key]) => !key)
    .map(([, mark]) => mark ?? "");
  const here = new Set([
    ...FOLDERS,
    ...FOLDER_PAIRS,
    ...LIBRARIES,
    ...Object.values(PACKAGES).flatMap((names) => [...names]),
    ...Object.values(BEGINNINGS).flat(),
  ]);
  expect(marks.length).toBeGreaterThan(100);
  expect(marks.filter((mark) => !here.has(mark))).toEqual([]);
});

it("misses no map of a line that no browser has run, unless one was meant for it", () => {
  const differ = "names differ: x ≠ assets/app.js";
  const isQuiet = (place: string, reason = differ) => isOfServer({ raw_frame: `at f (${place}:1:2)`, reason });
  const ofServers = ["/srv/shop/a.js", "C:\\shop\\a.js", "file:///srv/a.mjs", "node:internal/timers"];
  expect(ofServers.filter((place) => !isQuiet(place))).toEqual([]);
  const ofBrowsers = ["https://shop.example/a.js", "//cdn.example/a.js", "app:///a.js", "assets/a.js", "<anonymous>"];
  expect(ofBrowsers.filter((place) => isQuiet(place))).toEqual([]);
  expect(isQuiet("/srv/shop/a.js", "no map for release 1.0")).toBe(true);
  expect(isQuiet("/srv/shop/a.js", "the map has nothing at 1:2")).toBe(false);
  expect(isQuiet("/srv/shop/a.js", "no map with debug id 1; no map for release 1.0")).toBe(false);
});
