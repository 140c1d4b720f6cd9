"""Source maps to test with: what real bundlers have made, and what nobody should have made."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any, Final

BUNDLES: Final = Path(__file__).with_name("bundles")
BUNDLERS: Final = ("esbuild", "vite", "webpack", "indexed")
DEBUG_ID: Final = "c941d872-af1f-4f0c-a7ff-ad3d295fe153"
_DIGITS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def bundled(bundler: str) -> tuple[bytes, str]:
    """Return the map that a bundler has made, and the stack that its script has thrown."""
    folder = BUNDLES / bundler
    return (folder / "app.js.map").read_bytes(), (folder / "stack.txt").read_text(encoding="utf-8")


def line_of(file: str, text: str) -> int:
    """Return the number of the one line of a bundled source that holds `text`."""
    lines = (BUNDLES / "src" / file).read_text(encoding="utf-8").splitlines()
    (found,) = [number for number, line in enumerate(lines, 1) if text in line]
    return found


def a_map(**changes: Any) -> bytes:
    """Return a small map: column 0 of the first line is line 2 of ``a.ts``; a change to None leaves the field out."""
    document = {
        "version": 3,
        "sources": ["a.ts"],
        "sourcesContent": ["first\nsecond\nthird"],
        "names": ["add"],
        "mappings": "AACAA",
    } | changes
    return json.dumps({name: value for name, value in document.items() if value is not None}).encode()


def a_large_map(files: int) -> bytes:
    """Return a map of some 31 kB for each of its files, with the whole script on one line."""
    chance = random.Random(1)
    content = "".join(f"function f{n}(a, b) {{ return a.value + b[{n}] }} // a line of source\n" for n in range(350))
    segments, before = [], (0, 0, 0)
    for file in range(files):
        for line in range(350):
            for column in (0, 9, 20, 30):
                place = (file, line, column)
                moved = "".join(vlq(now - then) for now, then in zip(place, before, strict=True))
                segments.append(vlq(chance.randint(3, 9)) + moved)
                before = place
    sources = [f"src/f{file}.ts" for file in range(files)]
    return a_map(sources=sources, sourcesContent=[content] * files, names=[], mappings=",".join(segments))


def vlq(number: int) -> str:
    """Return a number as mappings write it."""
    left = (-number << 1 | 1) if number < 0 else number << 1
    digits = ""
    while True:
        digit, left = left & 31, left >> 5
        digits += _DIGITS[digit | 32 if left else digit]
        if not left:
            return digits


_SECTION: Final = b'{"version":3,"sections":[{"offset":{"line":0,"column":0},"map":'
HOSTILE: Final[dict[str, tuple[bytes, str]]] = {
    "nothing": (b"", "truncated"),
    "a script": (b"!function(){}();", "malformed"),
    "a zip file": (b"PK\x03\x04" + bytes(100), "malformed"),
    "bytes that are no UTF-8": (b'{"version":3,"mappings":"\xff"}', "can't decode byte 0xff"),
    "a number": (b"3", "Expected `object`"),
    "a list": (b"[]", "Expected `object`"),
    "an empty object": (b"{}", "neither mappings nor sections"),
    "no mappings": (b'{"version":3,"sources":[]}', "neither mappings nor sections"),
    "another version": (a_map(version=2), "version 2"),
    "a version of another kind": (a_map(version=[3]), "Expected `int"),
    "mappings of another kind": (a_map(mappings=[1]), "Expected `str | null`"),
    "sources of another kind": (a_map(sources=[3]), "invalid type"),
    "contents of another kind": (a_map(sourcesContent={}), "invalid type"),
    "garbage in place of digits": (a_map(mappings="!!!!"), "vlq"),
    "a digit that never ends": (a_map(mappings="g" * 1_000_000), "overflow"),
    "negative numbers": (a_map(mappings="DDDD"), "bad reference to source"),
    "a source that is not there": (a_map(mappings="AEAA"), "bad reference to source"),
    "a name that is not there": (a_map(mappings="AAAAE"), "bad reference to name"),
    "three numbers where there are one, four or five": (a_map(mappings="AAA"), "segments"),
    "lists in lists": (b"[" * 1_000_000, "Expected `object`"),
    "sections in sections": (_SECTION * 100_000, "nested too deeply"),
    "enough sections in sections to be whole": (
        _SECTION * 90 + a_map() + b"}]}" * 90,
        "a section has sections of its own",
    ),
    "sections of another kind": (a_map(sections="[]"), "Expected `array`"),
    "a section without a place": (b'{"version":3,"sections":[{"map":' + a_map() + b"}]}", "missing field `offset`"),
    "a section elsewhere": (
        b'{"version":3,"sections":[{"offset":{"line":0,"column":0},"url":"http://127.0.0.1/"}]}',
        "a section has no map of its own",
    ),
    "a section before the start": (
        _SECTION.replace(b'"line":0', b'"line":-1') + a_map() + b"}]}",
        "invalid value",
    ),
    "more mappings than fit": (a_map(mappings="A," * 5_000_001), "more than 5000000 mappings"),
    "more lines than fit": (a_map(mappings=";" * 5_000_001), "more than 5000000 mappings"),
    # Each of them is a few bytes, and becomes a hundred or more.
    "more sources than fit": (a_map(sources=[None] * 1_000_001), "more than 1000000 sources and names"),
    "more contents than fit": (a_map(sourcesContent=[""] * 1_000_001), "more than 1000000 sources and names"),
    "more contents that end in a backslash than fit": (
        a_map(sourcesContent=["\\"] * 1_000_001),
        "more than 1000000 sources and names",
    ),
    "more names than fit": (a_map(names=[0] * 1_000_001), "more than 1000000 sources and names"),
    "more names within names than fit": (a_map(names=[[[[]]]] * 400_000), "more than 1000000 sources and names"),
    "more names than fit, under a name of many spellings": (
        a_map(names=[0] * 1_000_001).replace(b'"names"', b'"\\u006eames"'),
        "more than 1000000 sources and names",
    ),
    "more sections than fit": (
        b'{"version":3,"sections":[' + b"{} ,\n" * 1_000_001 + b"{}]}",
        "more than 1000000 objects in its sections",
    ),
    "names that grow": (a_map(sources=["a"] * 10_000, sourceRoot="r" * 10_000), "names of its sources"),
    "names that grow in sections": (
        json.dumps(
            {
                "version": 3,
                "sections": [
                    {
                        "offset": {"line": 0, "column": 0},
                        "map": {"version": 3, "sources": ["a"] * 100, "sourceRoot": "r" * 10_000, "mappings": ""},
                    }
                ]
                * 100,
            }
        ).encode(),
        "names of its sources",
    ),
    "a debug id that is none": (a_map(debugId="no"), "its debug id is no UUID"),
    "a debug id that is a long list": (a_map(debug_id=[[]] * 1_000), "its debug id is no UUID"),
}
"""What is no source map, or a dangerous one, and a piece of what is said of it."""

_MANY: Final = 400_000
HEAVY: Final[dict[str, bytes]] = {
    "sources": a_map(sources=["s"] * _MANY),
    "sources with a root": a_map(sources=[""] * _MANY, sourceRoot="r" * 60),
    "names": a_map(names=["n"] * _MANY),
    "contents": a_map(sourcesContent=[""] * _MANY),
    "no contents": a_map(sourcesContent=[None] * _MANY),
    "lines": a_map(sourcesContent=["\n" * 10 * _MANY]),
    "functions": a_map(x_facebook_sources=[[{"names": ["a"], "mappings": "AAA"}]] * (_MANY // 4)),
}
"""What is short as a file, and long once decoded."""
