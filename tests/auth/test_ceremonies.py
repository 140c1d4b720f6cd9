"""Ceremonies without HTTP: whatever bytes come, there is a refusal and nothing else."""

from __future__ import annotations

import subprocess
import sys
import uuid
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st

from bloop_trio.auth.ceremonies import Ceremonies, credential_id_of
from bloop_trio.auth.passkeys import NewPasskey, Passkey
from bloop_trio.exceptions import AuthenticationError, BadRequestError
from tests.auth.authenticator import ORIGIN, Authenticator, b64, unb64

if TYPE_CHECKING:
    from collections.abc import Callable

CHALLENGE: Final = bytes(range(32))
USER: Final = uuid.UUID("10000000-0000-4000-8000-000000000001")
CREATE: Final = {"challenge": b64(CHALLENGE), "user": {"id": b64(USER.bytes)}}
GET: Final = {"challenge": b64(CHALLENGE)}

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
"""What JSON can hold."""

RESPONSE: Final = ("clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle", "transports")
odd_credentials = st.fixed_dictionaries(
    {},
    optional={
        "id": anything,
        "rawId": anything,
        "type": anything | st.just("public-key"),
        "authenticatorAttachment": anything,
        "response": anything | st.fixed_dictionaries({}, optional=dict.fromkeys(RESPONSE, anything)),
    },
)


@pytest.fixture(scope="module")
def ceremonies() -> Ceremonies:
    return Ceremonies("localhost", ORIGIN)


@pytest.fixture(scope="module")
def authenticator() -> Authenticator:
    return Authenticator()


@pytest.fixture(scope="module")
def passkey(ceremonies: Ceremonies, authenticator: Authenticator) -> Passkey:
    new = run(ceremonies.verify_registration, authenticator.create(CREATE), CHALLENGE)
    assert new.credential_id == authenticator.credential_id
    return as_stored(new)


def as_stored(new: NewPasskey) -> Passkey:
    return Passkey(
        id="p",
        user_id=str(USER),
        credential_id=new.credential_id,
        public_key=new.public_key,
        sign_count=new.sign_count,
        transports=new.transports,
        is_synced=new.is_synced,
        name="Passkey 1",
        created_secs=0,
        last_used_secs=None,
    )


def run(verify: Callable[..., Any], *arguments: Any) -> Any:
    return trio.run(partial(verify, *arguments))


@settings(deadline=None)
@given(credential=odd_credentials)
def test_any_json_is_refused(ceremonies: Ceremonies, passkey: Passkey, credential: dict[str, Any]) -> None:
    with pytest.raises(BadRequestError):
        run(ceremonies.verify_registration, credential, CHALLENGE)
    with pytest.raises(AuthenticationError):
        run(ceremonies.verify_sign_in, credential, passkey, CHALLENGE)
    with suppress(AuthenticationError):
        assert isinstance(credential_id_of(credential), bytes)


@settings(deadline=None)
@given(
    part=st.sampled_from(["clientDataJSON", "authenticatorData", "signature", "userHandle"]),
    place=st.integers(0, 1000),
    change=st.integers(1, 255),
)
def test_a_sign_in_with_any_byte_changed_is_refused(
    ceremonies: Ceremonies, passkey: Passkey, authenticator: Authenticator, part: str, place: int, change: int
) -> None:
    credential = authenticator.get(GET)
    assert run(ceremonies.verify_sign_in, credential, passkey, CHALLENGE) == (0, True)
    raw = bytearray(unb64(credential["response"][part]))
    raw[place % len(raw)] ^= change
    credential["response"][part] = b64(bytes(raw))
    with pytest.raises(AuthenticationError):
        run(ceremonies.verify_sign_in, credential, passkey, CHALLENGE)


@settings(deadline=None)
@given(data=st.data())
def test_a_registration_with_changed_bytes_is_refused_or_of_the_same_credential(
    ceremonies: Ceremonies, data: st.DataObject
) -> None:
    authenticator = Authenticator()
    credential = authenticator.create(CREATE)
    raw = bytearray(unb64(credential["response"]["attestationObject"]))
    start = data.draw(st.integers(0, len(raw)))
    raw[start : start + data.draw(st.integers(0, 8))] = data.draw(st.binary(max_size=8))
    credential["response"]["attestationObject"] = b64(bytes(raw))
    try:
        new = run(ceremonies.verify_registration, credential, CHALLENGE)
    except BadRequestError:
        return
    assert new.credential_id == authenticator.credential_id


def test_a_server_that_nobody_signs_in_to_does_without_the_large_package() -> None:
    script = (
        "import sys, bloop_trio.server; print(any(n in sys.modules for n in ('webauthn', 'cryptography', 'cbor2')))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
