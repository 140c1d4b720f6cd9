from __future__ import annotations

from bloop_trio.http.headers import BROWSER_HEADERS, INGEST_HEADERS, ONLY_HTTPS, SECURITY_HEADERS


def test_names_are_lower_case_unique_and_values_fit_on_a_line() -> None:
    for pairs in (INGEST_HEADERS, (*SECURITY_HEADERS, *BROWSER_HEADERS, ONLY_HTTPS)):
        names = [name for name, _ in pairs]
        assert names == [name.lower() for name in names]
        assert len(names) == len(set(names))
        assert not any(b"\r" in value or b"\n" in value or value != value.strip() for _, value in pairs)


def test_ingest_answers_are_json_for_any_origin_never_stored_and_hardened() -> None:
    assert {
        (b"content-type", b"application/json"),
        (b"access-control-allow-origin", b"*"),
        (b"cache-control", b"no-store"),
        *SECURITY_HEADERS,
    } == set(INGEST_HEADERS)
