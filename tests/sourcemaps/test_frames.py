from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bloop_trio.sourcemaps.frames import Place, find_place, split_stack

URL = "https://shop.example/assets/app.js"


@pytest.mark.parametrize(
    ("line", "file"),
    [
        (f"at total ({URL}:3:14)", URL),
        (f"at async Promise.all ({URL}:3:14)", URL),
        (f"at new Cart ({URL}:3:14)", URL),
        (f"at Object.<anonymous> [as total] ({URL}:3:14)", URL),
        (f"at {URL}:3:14", URL),
        (f"at async {URL}:3:14", URL),
        (f"total@{URL}:3:14", URL),
        (f"@{URL}:3:14", URL),
        (f"({URL}:3:14)", URL),
        (f"{URL}:3:14", URL),
        (f"at total ({URL}?v=1:2#x:3:14)", f"{URL}?v=1:2#x"),
        ("at Page (webpack-internal:///(shop)/page.js:3:14)", "webpack-internal:///(shop)/page.js"),
        ("at total (C:\\shop\\app.js:3:14)", "C:\\shop\\app.js"),
        ("at total (/srv/node_modules/@shop/cart/app.js:3:14)", "/srv/node_modules/@shop/cart/app.js"),
        ("/srv/node_modules/@shop/cart/app.js:3:14", "/srv/node_modules/@shop/cart/app.js"),
        ("at total (app:///main.jsbundle:3:14)", "app:///main.jsbundle"),
    ],
)
def test_a_line_names_a_place(line: str, file: str) -> None:
    assert find_place(line) == Place(file=file, line=3, column=14)


@pytest.mark.parametrize(
    "line",
    [
        "TypeError: no price",
        "at <anonymous>",
        "at Array.map (native)",
        'File "cart.py", line 3, in total',
        "at com.shop.Cart.total(Cart.java:42)",
        ":3:14",
        "at total (:3:14)",
        f"at {URL}:3",
        f"at {URL}:1234567890:1",
        f"at {URL}:\N{FULLWIDTH DIGIT THREE}:14",
        "x" * 5_000 + ":3:14",
    ],
)
def test_a_line_names_none(line: str) -> None:
    assert find_place(line) is None


def test_blank_lines_and_white_space_around_lines_are_left_out() -> None:
    assert split_stack("TypeError: x\n\n    at a\r\n \t at b  \n") == ["TypeError: x", "at a", "at b"]


@given(st.text())
def test_any_line_can_be_looked_at(line: str) -> None:
    found = find_place(line)
    assert found is None or (found.file and line.rstrip(")").endswith(f"{found.column}"[-1]))
