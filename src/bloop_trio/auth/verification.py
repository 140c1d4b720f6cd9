"""What passkeys say, built and verified by the package `webauthn`; the only module that imports it.

It takes 14 MB and a tenth of a second to import, so `ceremonies` imports this module when somebody first signs in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import webauthn
from webauthn.helpers import (
    base64url_to_bytes,
    decode_credential_public_key,
    decoded_public_key_to_cryptography,
    options_to_json_dict,
    parse_registration_credential_json,
)
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.structs import (
    AttestationConveyancePreference,
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from bloop_trio.auth.challenges import TTL_SECS
from bloop_trio.auth.passkeys import NewPasskey
from bloop_trio.clock import MS_PER_SEC

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bloop_trio.auth.passkeys import Passkey

ALGORITHMS: Final = [
    COSEAlgorithmIdentifier.ECDSA_SHA_256,
    COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256,
    COSEAlgorithmIdentifier.EDDSA,
]
"""What authenticators may sign with, the preferred first."""
MAX_CREDENTIAL_ID_BYTES: Final = 1023
_TIMEOUT_MS: Final = TTL_SECS * MS_PER_SEC


def creation_options(
    *, rp_id: str, challenge: bytes, user_id: bytes, username: str, exclude: Iterable[Passkey]
) -> dict[str, Any]:
    """Return what a browser needs to make a passkey that is found without a username and checks its owner."""
    options = webauthn.generate_registration_options(
        rp_id=rp_id,
        rp_name=rp_id,
        user_id=user_id,
        user_name=username,
        user_display_name=username,
        challenge=challenge,
        timeout=_TIMEOUT_MS,
        attestation=AttestationConveyancePreference.NONE,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            require_resident_key=True,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[
            PublicKeyCredentialDescriptor(id=passkey.credential_id, transports=_transports(passkey.transports) or None)
            for passkey in exclude
        ],
        supported_pub_key_algs=ALGORITHMS,
    )
    return options_to_json_dict(options)


def request_options(*, rp_id: str, challenge: bytes) -> dict[str, Any]:
    """Return what a browser needs to ask for a passkey, whoever's it is."""
    options = webauthn.generate_authentication_options(
        rp_id=rp_id,
        challenge=challenge,
        timeout=_TIMEOUT_MS,
        allow_credentials=[],
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return options_to_json_dict(options)


def verify_registration(credential: dict[str, Any], *, rp_id: str, origin: str, challenge: bytes) -> NewPasskey:
    """Return the passkey that a browser has made; raises an exception of any kind for what is not one."""
    verified = webauthn.verify_registration_response(
        credential=credential,
        expected_challenge=challenge,
        expected_rp_id=rp_id,
        expected_origin=origin,
        require_user_verification=True,
        supported_pub_key_algs=ALGORITHMS,
    )
    if verified.credential_id != base64url_to_bytes(credential["rawId"]):
        msg = "the authenticator names another credential than the browser"
        raise ValueError(msg)
    if len(verified.credential_id) > MAX_CREDENTIAL_ID_BYTES:
        msg = "the id of the credential is too long"
        raise ValueError(msg)
    # A key that cannot be read could never verify a signature.
    decoded_public_key_to_cryptography(decode_credential_public_key(verified.credential_public_key))
    transports = parse_registration_credential_json(credential).response.transports or []
    return NewPasskey(
        credential_id=verified.credential_id,
        public_key=verified.credential_public_key,
        sign_count=verified.sign_count,
        is_synced=verified.credential_backed_up,
        transports=tuple(dict.fromkeys(transport.value for transport in transports)),
    )


def verify_sign_in(
    credential: dict[str, Any], passkey: Passkey, *, rp_id: str, origin: str, challenge: bytes
) -> tuple[int, bool]:
    """Return how often the passkey has signed, and whether it is backed up; raises an exception of any kind if not.

    A count that does not rise is refused, since then there are two of it; 0 is an authenticator that does not count.
    """
    verified = webauthn.verify_authentication_response(
        credential=credential,
        expected_challenge=challenge,
        expected_rp_id=rp_id,
        expected_origin=origin,
        credential_public_key=passkey.public_key,
        credential_current_sign_count=passkey.sign_count,
        require_user_verification=True,
    )
    return verified.new_sign_count, verified.credential_backed_up


def _transports(names: Iterable[str]) -> list[AuthenticatorTransport]:
    known = {transport.value for transport in AuthenticatorTransport}
    return [AuthenticatorTransport(name) for name in names if name in known]
