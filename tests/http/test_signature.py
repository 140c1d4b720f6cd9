from __future__ import annotations

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bloop_trio.http.signature import Signer, parse_signature

README_BODY = (
    b'{"timestamp":1700000000000,"source":"api","environment":"prod","release":"1.0.0","error_type":"TypeError",'
    b'"message":"Cannot read property id of undefined","route_or_procedure":"/api/users"}'
)


@pytest.mark.parametrize(
    ("key", "body", "signature"),
    [
        ("change-me-in-production", README_BODY, "8a75ad85b14802c7b845cb945df9fd292e0275f114936296992a526137493426"),
        ("bloop_" + "0" * 64, b'{"events":[]}', "c6b9198b6a4600844c4205996d4d788a62d3ba43f89f0d856d782804f42b4776"),
        (
            "clé-ü",
            '{"message":"é"}'.encode(),
            "ec2c4b5c823df65814021e832d97cbf9a878dea38e6109df12e599142c5e5e66",
        ),
    ],
    ids=["the README's event", "an empty batch", "key and body beyond ASCII"],
)
def test_published_signatures_are_matched(key: str, body: bytes, signature: str) -> None:
    assert Signer(key.encode()).matches(body, bytes.fromhex(signature))


@given(key=st.binary(max_size=200), body=st.binary(max_size=5000))
def test_every_key_and_body_sign_as_the_standard_library_does(key: bytes, body: bytes) -> None:
    assert Signer(key).digest(body) == hmac.digest(key, body, "sha256")


@pytest.mark.parametrize("size", [0, 1, 2046, 2047, 2048, 4094, 4095, 1_638_400])
def test_bodies_around_the_slice_size_sign_as_a_whole(size: int) -> None:
    body = bytes(index % 251 for index in range(size))
    assert Signer(b"key").digest(body) == hmac.digest(b"key", body, "sha256")


@pytest.mark.parametrize("size", [63, 64, 65])
def test_keys_around_the_block_size_sign_as_the_standard_library_does(size: int) -> None:
    assert Signer(b"k" * size).digest(b"body") == hmac.digest(b"k" * size, b"body", "sha256")


def test_one_signer_signs_many_bodies_without_mixing_them() -> None:
    signer = Signer(b"key")
    assert [signer.digest(body) for body in (b"a", b"b", b"a")] == [
        hmac.digest(b"key", body, "sha256") for body in (b"a", b"b", b"a")
    ]


@pytest.mark.parametrize(
    "digest",
    [b"", b"\0" * 32, hmac.digest(b"key", b"body", "sha256")[:31], hmac.digest(b"key", b"body", "sha256") + b"\0"],
    ids=["empty", "wrong", "too short", "too long"],
)
def test_any_other_digest_does_not_match(digest: bytes) -> None:
    assert not Signer(b"key").matches(b"body", digest)


def test_another_key_does_not_match() -> None:
    assert not Signer(b"other").matches(b"body", Signer(b"key").digest(b"body"))


DIGEST = hashlib.sha256(b"anything").digest()


@pytest.mark.parametrize(
    ("header", "parsed"),
    [
        (DIGEST.hex().encode(), DIGEST),
        (DIGEST.hex().upper().encode(), DIGEST),
        (b"sha256=" + DIGEST.hex().encode(), DIGEST),
        (b"SHA256=" + DIGEST.hex().upper().encode(), DIGEST),
        (b"", b""),
        (b"sha256=", b""),
        (b"abcd", b"\xab\xcd"),
        (b"abc", None),
        (b"ab cd", None),
        (b" abcd", None),
        (b"0xabcd", None),
        (b"sha1=abcd", None),
        (b"sha256=sha256=abcd", None),
        ("àb".encode(), None),
        (b"zz", None),
    ],
)
def test_a_signature_header_is_hexadecimal_or_nothing(header: bytes, parsed: bytes | None) -> None:
    assert parse_signature(header) == parsed


@given(st.binary(max_size=80))
def test_no_header_is_too_odd_to_parse(header: bytes) -> None:
    parsed = parse_signature(header)
    assert parsed is None or parsed.hex().encode() in header.lower()
