/**
 * Which frames are not the application's own: those of frameworks, of installed packages and of the language. Pure.
 *
 * The same marks as the server's grouping goes by. A mark is a whole part of a path, a whole package or a whole library.
 */

import type { Line } from "./stackLines";

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

/** Of a path, in any language. */
export const FOLDERS = words(
  "node_modules bower_components webpack site-packages dist-packages gems rubygems bundler vendor .cargo .pub-cache .nuget",
);
export const FOLDER_PAIRS: readonly string[] = [
  "/pkg/mod/",
  "/go/src/runtime/",
  "/usr/local/go/src/",
  "/libexec/src/",
  "/lib/ruby/",
];
const PYTHON_LIBRARY = /\/python\d[\d.]{0,6}\//;
/** Of a file, by language. */
export const BEGINNINGS: Readonly<Record<string, readonly string[]>> = {
  javascript: [
    "node:",
    "internal/",
    "<anonymous>",
    "native",
    "index ",
    "[native code]",
    "webpack:///webpack/",
    "(webpack)",
    "chrome-extension://",
    "moz-extension://",
    "safari-extension://",
    "safari-web-extension://",
  ],
  python: ["<frozen "],
  ruby: ["<internal:"],
  php: ["[internal function]"],
  dart: ["dart:", "package:flutter/"],
  rust: ["/rustc/", "library/"],
};
/** With all that lies below them, by language. */
export const PACKAGES: Readonly<Record<string, ReadonlySet<string>>> = {
  java: words(`
    java javax jakarta jdk sun com.sun kotlin kotlinx scala groovy clojure dalvik libcore android androidx com.android
    com.google.android com.google.common org.springframework org.apache org.hibernate org.eclipse.jetty org.junit
    io.netty io.reactivex io.undertow reactor okhttp3 okio retrofit2 com.fasterxml com.zaxxer`),
  dotnet: words("System Microsoft Windows MS Newtonsoft lambda_method"),
  php: words("{main} Illuminate Symfony Laravel Doctrine Composer"),
  go: words(`
    archive bufio bytes compress container context crypto database debug encoding errors fmt go hash html io iter log
    maps math mime net os panic path reflect regexp runtime slices sort strconv strings sync syscall testing text time
    unicode golang.org/x google.golang.org`),
};
export const LIBRARIES = words(`
  AppKit AttributeGraph AVFoundation AVFAudio BackBoardServices BaseBoard CFNetwork Combine CoreAutoLayout CoreData
  CoreFoundation CoreGraphics CoreLocation CoreText Foundation FrontBoardServices Gestures GraphicsServices HIToolbox
  IOKit MapKit Metal Network QuartzCore Security StoreKit SwiftUI SwiftUICore UIFoundation UIKit UIKitCore
  UIKitMacHelper ViewBridge WebCore WebKit XCTest XCTestCore dyld dyld_sim libdispatch`);
const RUST = /^<?(?:std|core|alloc|rust_|backtrace|__libc|__rust|_start$|test::)/;

/** Return what shows that a frame is not the application's own, null if it is. */
export function libraryMark({ language, name, file }: Pick<Line, "language" | "name" | "file">): string | null {
  const path = file.replaceAll("\\", "/");
  if (language === "apple") return isLibrary(path) ? path : null;
  const beginning = BEGINNINGS[language]?.find((known) => path.startsWith(known));
  if (beginning !== undefined) return beginning.trim();
  if (language === "rust" && RUST.test(name)) return "std";
  return folderOf(path) ?? packageOf(language, name);
}

function isLibrary(name: string): boolean {
  return LIBRARIES.has(name) || /^(?:com\.apple\.|libswift)|\.dylib$/.test(name);
}

function folderOf(path: string): string | null {
  const folder = path
    .split("/")
    .slice(0, -1)
    .find((known) => FOLDERS.has(known));
  const pair = folder ?? FOLDER_PAIRS.find((known) => path.includes(known));
  return (pair ?? PYTHON_LIBRARY.exec(path)?.[0])?.replace(/^\/|\/$/g, "") ?? null;
}

function packageOf(language: Line["language"], name: string): string | null {
  const known = PACKAGES[language];
  if (!known) return null;
  // All that the name begins with, up to one of the marks that end a package.
  for (const end of name.matchAll(/[./\\(]|$/g)) {
    const beginning = name.slice(0, end.index);
    if (known.has(beginning)) return beginning;
  }
  return null;
}
