"""Which frames are not the application's own: those of frameworks, of installed packages and of the language. Pure.

A mark is a whole part of a path, a whole package or a whole library, never a piece of a name: what an application calls
`FoundationView` or `mykotlin.parser` is its own.
"""

from __future__ import annotations

import re
from typing import Final

_FOLDERS: Final = frozenset(
    {
        "node_modules", "bower_components", "webpack", "site-packages", "dist-packages", "gems", "rubygems", "bundler",
        "vendor", ".cargo", ".pub-cache", ".nuget",
    }
)  # fmt: skip
"""Of a path, in any language."""
_FOLDER_PAIRS: Final = ("/pkg/mod/", "/go/src/runtime/", "/usr/local/go/src/", "/libexec/src/", "/lib/ruby/")
_PYTHON_LIBRARY: Final = re.compile(r"/python\d[\d.]{0,6}/")
_BEGINNINGS: Final = {
    "javascript": (
        "node:", "internal/", "<anonymous>", "native", "index ", "[native code]", "webpack:///webpack/", "(webpack)",
        "chrome-extension://", "moz-extension://", "safari-extension://", "safari-web-extension://",
    ),
    "python": ("<frozen ",),
    "ruby": ("<internal:",),
    "php": ("[internal function]",),
    "dart": ("dart:", "package:flutter/"),
}  # fmt: skip
"""Of a file, by language."""

_PACKAGES: Final = {
    "java": (
        "java", "javax", "jakarta", "jdk", "sun", "com.sun", "kotlin", "kotlinx", "scala", "groovy", "clojure", "dalvik",
        "libcore", "android", "androidx", "com.android", "com.google.android", "com.google.common", "org.springframework",
        "org.apache", "org.hibernate", "org.eclipse.jetty", "org.junit", "io.netty", "io.reactivex", "io.undertow",
        "reactor", "okhttp3", "okio", "retrofit2", "com.fasterxml", "com.zaxxer",
    ),
    "dotnet": ("System", "Microsoft", "Windows", "MS", "Newtonsoft", "lambda_method"),
    "php": ("{main}", "Illuminate", "Symfony", "Laravel", "Doctrine", "Composer"),
    "go": (
        "archive", "bufio", "bytes", "compress", "container", "context", "crypto", "database", "debug", "encoding",
        "errors", "fmt", "go", "hash", "html", "io", "iter", "log", "maps", "math", "mime", "net", "os", "panic", "path",
        "reflect", "regexp", "runtime", "slices", "sort", "strconv", "strings", "sync", "syscall", "testing", "text",
        "time", "unicode", "golang.org/x", "google.golang.org",
    ),
}  # fmt: skip
"""With all that lies below them, by language."""
_LIBRARIES: Final = frozenset(
    {
        "AppKit", "AttributeGraph", "AVFoundation", "AVFAudio", "BackBoardServices", "BaseBoard", "CFNetwork", "Combine",
        "CoreAutoLayout", "CoreData", "CoreFoundation", "CoreGraphics", "CoreLocation", "CoreText", "Foundation",
        "FrontBoardServices", "Gestures", "GraphicsServices", "HIToolbox", "IOKit", "MapKit", "Metal", "Network",
        "QuartzCore", "Security", "StoreKit", "SwiftUI", "SwiftUICore", "UIFoundation", "UIKit", "UIKitCore",
        "UIKitMacHelper", "ViewBridge", "WebCore", "WebKit", "XCTest", "XCTestCore", "dyld", "dyld_sim", "libdispatch",
    }
)  # fmt: skip


def framework_mark(language: str, function: str, file: str) -> str | None:
    """Return what shows that a frame is not the application's own, None if it is.

    `file` is the path as the stack has it, with slashes alone.
    """
    if language == "apple":
        return file if _is_library(file) else None
    for beginning in _BEGINNINGS.get(language, ()):
        if file.startswith(beginning):
            return beginning.strip(" ")
    return _folder_of(file) or _package_of(language, function)


def _is_library(name: str) -> bool:
    return name in _LIBRARIES or name.startswith(("com.apple.", "libswift")) or name.endswith(".dylib")


def _folder_of(file: str) -> str | None:
    for folder in file.split("/")[:-1]:
        if folder in _FOLDERS:
            return folder
    for pair in _FOLDER_PAIRS:
        if pair in file:
            return pair.strip("/")
    found = _PYTHON_LIBRARY.search(file)
    return None if found is None else found[0].strip("/")


def _package_of(language: str, function: str) -> str | None:
    for package in _PACKAGES.get(language, ()):
        if function.startswith(package) and function[len(package) : len(package) + 1] in {"", ".", "/", "\\", "("}:
            return package
    return None
