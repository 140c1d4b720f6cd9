"""A passkey provider in software: makes and uses real credentials, and can be told to do it wrong."""

from __future__ import annotations

import hashlib
import json
import secrets
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

import attrs
import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

PRESENT, VERIFIED, SYNCABLE, SYNCED, ATTESTED = 0x01, 0x04, 0x08, 0x10, 0x40

ORIGIN = "http://localhost:5332"


def b64(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def unb64(text: str) -> bytes:
    return urlsafe_b64decode(text + "===")


class EcKey:
    """ES256."""

    def __init__(self) -> None:
        self.private = ec.generate_private_key(ec.SECP256R1())

    def cose(self) -> dict[int, Any]:
        numbers = self.private.public_key().public_numbers()
        return {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}

    def sign(self, data: bytes) -> bytes:
        return self.private.sign(data, ec.ECDSA(hashes.SHA256()))


class RsaKey:
    """RS256."""

    def __init__(self) -> None:
        self.private = rsa.generate_private_key(65537, 2048)

    def cose(self) -> dict[int, Any]:
        numbers = self.private.public_key().public_numbers()
        return {1: 3, 3: -257, -1: numbers.n.to_bytes(256, "big"), -2: numbers.e.to_bytes(3, "big")}

    def sign(self, data: bytes) -> bytes:
        return self.private.sign(data, padding.PKCS1v15(), hashes.SHA256())


class EdKey:
    """EdDSA."""

    def __init__(self) -> None:
        self.private = ed25519.Ed25519PrivateKey.generate()

    def cose(self) -> dict[int, Any]:
        return {1: 1, 3: -8, -1: 6, -2: self.private.public_key().public_bytes_raw()}

    def sign(self, data: bytes) -> bytes:
        return self.private.sign(data)


@attrs.define
class Authenticator:
    """Holds one passkey, once `create` was called."""

    origin: str = ORIGIN
    flags: int = PRESENT | VERIFIED | SYNCABLE | SYNCED
    count: int = 0
    """How often it has signed; None of them is counted unless `counts`."""
    counts: bool = False
    key: EcKey | RsaKey | EdKey = attrs.field(factory=EcKey)
    credential_id: bytes = attrs.field(factory=lambda: secrets.token_bytes(32))
    user_handle: bytes = b""
    rp_id: str = "localhost"

    def create(self, options: dict[str, Any], *, cose: bytes | None = None, **changes: Any) -> dict[str, Any]:
        """Return what `navigator.credentials.create` would, as JSON; `changes` are of the client data."""
        excluded = {unb64(entry["id"]) for entry in options.get("excludeCredentials", ())}
        assert self.credential_id not in excluded, "a browser would refuse"
        self.user_handle = unb64(options["user"]["id"])
        attested = (
            bytes(16)
            + struct.pack(">H", len(self.credential_id))
            + self.credential_id
            + (cbor2.dumps(self.key.cose()) if cose is None else cose)
        )
        data = self._data(self.flags | ATTESTED) + attested
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        return self._credential(
            clientDataJSON=self._client_data("webauthn.create", options, changes),
            attestationObject=b64(attestation),
            transports=["internal", "hybrid"],
            publicKeyAlgorithm=-7,
        )

    def get(self, options: dict[str, Any], **changes: Any) -> dict[str, Any]:
        """Return what `navigator.credentials.get` would, as JSON; `changes` are of the client data."""
        self.count += self.counts
        data, client = self._data(self.flags), self._client_data("webauthn.get", options, changes)
        return self._credential(
            clientDataJSON=client,
            authenticatorData=b64(data),
            signature=b64(self.key.sign(data + hashlib.sha256(unb64(client)).digest())),
            userHandle=b64(self.user_handle),
        )

    def _data(self, flags: int) -> bytes:
        return hashlib.sha256(self.rp_id.encode()).digest() + bytes([flags]) + struct.pack(">I", self.count)

    def _client_data(self, kind: str, options: dict[str, Any], changes: dict[str, Any]) -> str:
        data = {"type": kind, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": False}
        return b64(json.dumps(data | changes).encode())

    def _credential(self, **response: Any) -> dict[str, Any]:
        return {
            "id": b64(self.credential_id),
            "rawId": b64(self.credential_id),
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": response,
        }
