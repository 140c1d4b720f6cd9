/**
 * One line of a stack, read as each language writes its frames. Pure.
 *
 * What counts as a frame is what the server's grouping takes for one; here the position is kept, and Rust is read too.
 */

export type Language = "javascript" | "python" | "java" | "dotnet" | "php" | "dart" | "ruby" | "apple" | "go" | "rust";

/** What a line says about a frame. */
export interface Line {
  language: Language;
  /** Empty if it has no name. */
  name: string;
  /** A path, an address, or the name of a library; empty if there is none. */
  file: string;
  line: number | null;
  /** From 1, as stacks tell it. */
  column: number | null;
  /** Lines that it takes up together with the one that was read. */
  lines: number;
}

type Place = Pick<Line, "file" | "line" | "column">;

/** Of a longer line only the beginning is looked at: no frame is as long, and what is slow on long lines stays quick. */
const MAX_LINE_CHARS = 1_000;

const POSITION = /:(\d{1,9})(?::(\d{1,9}))?$/;
const JAVA_FILE = /\.(?:java|kt|kts|scala|groovy|clj)(?::\d{1,9})?$/;
const JAVA_PLACE = /^(?:[\w$.-]{1,200}(?::\d{1,9})?|Native Method|Unknown Source|)$/;
const JAVA_NAME = /^(?:[\w.@-]{0,200}\/{1,2})?([\w.$<>/-]{1,400})$/;
const JS_PLACES = ["<anonymous>", "native", "eval at ", "index "];
const PYTHON = /^File "([^"]*)", line (\d{1,9})(?:, in (.+))?$/;
const PHP = /^#\d{1,6} +(.+)$/;
const PHP_PLACE = /^([^(]+)\((\d{1,9})\): (.*)$/;
const DART_PLACE = /\(((?:package|dart|file):[^()]+)\)$/;
const APPLE = /^(?:\d{1,6} +)?([\w?][^\s(]*(?: [A-Z][^\s(]*)?) +0x[0-9a-fA-F]+ (.+)$/;
const APPLE_LIBRARY = /^(?:\d|[A-Z]|lib|dyld)/;
const APPLE_PLACE = /\(([\w.+-]+):(\d{1,9})\)$/;
const APPLE_END = / \+ \d+(?: \([^()]*\))?$| \([\w.+-]+:\d+\)$| line \d+$/;
const SWIFT = /^\d{1,6} (?:\[\w{1,9}\] ){0,2}0x[0-9a-fA-F]+ (.+?)(?: \+ \d{1,12})? in (\S+)(?: at (.+))?$/;
const RUBY = /^(.*?):(\d{1,9})(?::in [`']([^'`]+)')?(?:: .*)?$/;
const GO_NAME = /^[\w./~*()[\]-]+(?:\{.*\})?$/;
const RUST = /^\d{1,6}: +(?:0x[0-9a-fA-F]+ - )?(\S.*)$/;

/** Return the frame that `lines[index]` is, null if it is none; some languages write one in two lines. */
export function readLine(lines: readonly string[], index: number): Line | null {
  const line = trimmed(lines[index]);
  const next = trimmed(lines[index + 1]);
  if (line.startsWith("at ")) {
    const found = readAt(line);
    if (found) return found;
  }
  const python = readPython(line);
  if (python) return python;
  if (line.startsWith("#")) return readNumbered(line);
  return readRuby(line) ?? readGecko(line) ?? readApple(line) ?? readRust(line, next) ?? readGo(line, next);
}

function trimmed(line: string | undefined): string {
  return (line ?? "").slice(0, MAX_LINE_CHARS).trim();
}

function frame(language: Language, name: string, place: Place, lines = 1): Line {
  return { language, name, ...place, lines };
}

const NOWHERE: Place = { file: "", line: null, column: null };

/** Return where something is: a file, perhaps with line and column behind it. */
function placeOf(text: string): Place {
  const found = POSITION.exec(text);
  if (!found) return { file: text, line: null, column: null };
  return { file: text.slice(0, found.index), line: Number(found[1]), column: found[2] ? Number(found[2]) : null };
}

/** Read `at …`: JavaScript in V8, Java and Kotlin, .NET. */
function readAt(line: string): Line | null {
  const body = line.slice(3).trim();
  const dotnet = /^(.+?) in (.+):line (\d{1,9})$/.exec(body);
  if (dotnet) return frame("dotnet", dotnet[1] ?? "", { file: dotnet[2] ?? "", line: Number(dotnet[3]), column: null });
  if (!body.endsWith(")")) return readBareAt(body);
  const start = body.indexOf("(");
  const name = body.slice(0, start).trimEnd();
  const place = body.slice(start + 1, -1);
  const java = readJava(name, place);
  if (java) return java;
  const isJs = JS_PLACES.some((beginning) => place.startsWith(beginning));
  if (isJs || POSITION.test(place)) {
    return frame("javascript", jsName(name), placeOf(place.startsWith("eval at ") ? "<anonymous>" : place));
  }
  if (name.includes(".")) return frame("dotnet", body, NOWHERE);
  return frame("javascript", jsName(name), placeOf(place));
}

function readJava(name: string, place: string): Line | null {
  if (!JAVA_PLACE.test(place)) return null;
  const isUnknown = ["Native Method", "Unknown Source", "SourceFile", ""].includes(place);
  if (!isUnknown && !JAVA_FILE.test(place)) return null;
  const named = JAVA_NAME.exec(name);
  if (!named || (!name.includes(".") && !place)) return null;
  return frame("java", named[1] ?? "", place.includes(".") ? placeOf(place) : NOWHERE);
}

function readBareAt(body: string): Line | null {
  if (POSITION.test(body)) return frame("javascript", "", placeOf(body.replace(/^async /, "")));
  // A sentence may begin with "at" too.
  if (body.split(" ", 4).length <= 3 && !body.includes(":")) return frame("javascript", jsName(body), NOWHERE);
  return null;
}

function jsName(name: string): string {
  return name.replace(/^(?:async |new )+/, (words) => (words.includes("new") ? "new " : "")).split(" [as ")[0] ?? "";
}

function readPython(line: string): Line | null {
  const found = PYTHON.exec(line.replace(/^[|+\- ]+/, ""));
  if (!found) return null;
  return frame("python", found[3] ?? "", { file: found[1] ?? "", line: Number(found[2]), column: null });
}

/** Read `#0 …`: PHP, Dart. */
function readNumbered(line: string): Line | null {
  const rest = PHP.exec(line)?.[1];
  if (rest === undefined) return null;
  const dart = DART_PLACE.exec(rest);
  if (dart) return frame("dart", rest.slice(0, dart.index).trim(), placeOf(dart[1] ?? ""));
  if (rest === "{main}") return frame("php", rest, NOWHERE);
  const php = PHP_PLACE.exec(rest);
  const internal = "[internal function]: ";
  const call = php?.[3] ?? (rest.startsWith(internal) ? rest.slice(internal.length) : null);
  if (call === null) return null;
  const place = php
    ? { file: php[1] ?? "", line: Number(php[2]), column: null }
    : { ...NOWHERE, file: "[internal function]" };
  return frame("php", call.split("(")[0] ?? "", place);
}

function readRuby(line: string): Line | null {
  const numbered = /^\d{1,6}: (?=from )/.exec(line);
  const text = numbered ? line.slice(numbered[0].length) : line;
  const begins = text.startsWith("from ");
  const body = begins ? text.slice(5) : text;
  const hasName = /:\d{1,9}:in [`']/.test(body);
  if (!hasName && !(begins && POSITION.test(body))) return null;
  const found = RUBY.exec(body);
  if (!found || (found[1] ?? "").includes(": ")) return null;
  return frame("ruby", found[3] ?? "", { file: found[1] ?? "", line: Number(found[2]), column: null });
}

/** Read `name@place`: JavaScript in Firefox and Safari. */
function readGecko(line: string): Line | null {
  const at = line.indexOf("@");
  if (at < 0) return null;
  const name = line.slice(0, at);
  const place = line.slice(at + 1);
  if (place === "[native code]") return frame("javascript", name, { ...NOWHERE, file: place });
  if (place.trim().includes(" ") || name.includes(" ") || !POSITION.test(place)) return null;
  return frame("javascript", name, placeOf(place));
}

function readApple(line: string): Line | null {
  const swift = SWIFT.exec(line);
  if (swift) {
    const place = swift[3] ? placeOf(swift[3]) : NOWHERE;
    return frame("apple", swift[1] ?? "", { ...place, file: place.file || (swift[2] ?? "") });
  }
  const found = APPLE.exec(line);
  if (!found || !APPLE_LIBRARY.test(line)) return null;
  const told = APPLE_PLACE.exec(found[2] ?? "");
  const name = (found[2] ?? "").replace(APPLE_END, "").replace(APPLE_END, "");
  const place = told
    ? { file: told[1] ?? "", line: Number(told[2]), column: null }
    : { ...NOWHERE, file: found[1] ?? "" };
  return frame("apple", name, place);
}

/** Read `3: crate::function`, with `at file:line:column` below it if the program knows. */
function readRust(line: string, next: string): Line | null {
  const name = RUST.exec(line)?.[1];
  if (name === undefined) return null;
  const place = next.startsWith("at ") && POSITION.test(next) ? placeOf(next.slice(3)) : null;
  if (place === null && !/::|^(?:rust_|__|_start|main$|<unknown>)/.test(name)) return null;
  return frame("rust", name.replace(/::h[0-9a-f]{16}$/, ""), place ?? NOWHERE, place ? 2 : 1);
}

function readGo(line: string, next: string): Line | null {
  const place = placeOf(next.replace(/ \+0x[0-9a-f]+$/, ""));
  if (place.line === null || place.column !== null || !/\.(?:go|s)$/.test(place.file)) return null;
  let name = line.replace(/^created by /, "").split(" in goroutine ")[0] ?? "";
  const arguments_ = name.endsWith(")") ? name.lastIndexOf("(") : -1;
  if (arguments_ > 0) name = name.slice(0, arguments_);
  return GO_NAME.test(name) ? frame("go", name, place, 2) : null;
}
