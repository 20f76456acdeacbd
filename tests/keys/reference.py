"""Ed25519, base58 and record ids a second time, straight from their texts: what the package is compared with.

Slow and not safe against side channels. The package imports nothing of this, and this nothing of the package.
`python tests/keys/reference.py > docs/vectors/signatures.json` writes the vectors anew.
"""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
I = pow(2, (P - 1) // 4, P)  # noqa: E741 - the root of -1 has that name in RFC 8032
Point = tuple[int, int, int, int]


def add(one: Point, other: Point) -> Point:
    """Add two points in extended coordinates (RFC 8032, section 5.1.4)."""
    a = (one[1] - one[0]) * (other[1] - other[0]) % P
    b = (one[1] + one[0]) * (other[1] + other[0]) % P
    c = 2 * one[3] * other[3] * D % P
    d = 2 * one[2] * other[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(scalar: int, point: Point) -> Point:
    """Multiply a point."""
    result: Point = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            result = add(result, point)
        point = add(point, point)
        scalar >>= 1
    return result


def x_of(y: int, odd: bool) -> int:
    """Return the x coordinate of a point (section 5.1.3)."""
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * I % P
    assert x * x % P == square
    return P - x if (x & 1) != odd else x


def point_of(y: int, odd: bool = False) -> Point:
    """Return the point with a y coordinate."""
    x = x_of(y, odd)
    return x, y, 1, x * y % P


B = point_of(4 * pow(5, P - 2, P) % P)


def affine(point: Point) -> tuple[int, int]:
    """Return x and y of a point."""
    inverse = pow(point[2], P - 2, P)
    return point[0] * inverse % P, point[1] * inverse % P


def encoded(point: Point) -> bytes:
    """Write a point (section 5.1.2)."""
    x, y = affine(point)
    return (y | (x & 1) << 255).to_bytes(32, "little")


def _secret(seed: bytes) -> tuple[int, bytes]:
    digest = hashlib.sha512(seed).digest()
    scalar = int.from_bytes(digest[:32], "little") & ((1 << 254) - 8) | (1 << 254)
    return scalar, digest[32:]


def _number(*parts: bytes) -> int:
    return int.from_bytes(hashlib.sha512(b"".join(parts)).digest(), "little") % L


def public_of(seed: bytes) -> bytes:
    """Return the public key of a seed (section 5.1.5)."""
    return encoded(times(_secret(seed)[0], B))


def sign(seed: bytes, message: bytes) -> bytes:
    """Sign (section 5.1.6)."""
    scalar, prefix = _secret(seed)
    public = encoded(times(scalar, B))
    r = _number(prefix, message)
    commitment = encoded(times(r, B))
    s = (r + _number(commitment, public, message) * scalar) % L
    return commitment + s.to_bytes(32, "little")


def multibase(public: bytes) -> str:
    """Write a public key as `did:key` does."""
    alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
    number, text = int.from_bytes(b"\xed\x01" + public, "big"), ""
    while number:
        text, number = alphabet[number % 58] + text, number // 58
    return "z" + text


def base64url(data: bytes) -> str:
    """Write bytes in base64url without padding."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


PREFIX = b"syncropel/record/v1\x00"
SEEDS = {
    # The first two are of RFC 8032, section 7.1.
    "alice": bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"),
    "bob": bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"),
    "alice-later": bytes(range(32)),
}


def did(name: str) -> str:
    """Return the DID of a key of the vectors."""
    return f"did:key:{multibase(public_of(SEEDS[name]))}"


def record(actor: str, thread: str, clock: int, body: dict[str, Any], act: str = "PUT") -> dict[str, Any]:
    """Return the seven fields that an id covers."""
    fields = {"act": act, "actor": actor, "body": body, "clock": clock, "thread": thread}
    return {**fields, "data_type": "SCALAR", "parents": []}


def canonical(fields: dict[str, Any]) -> str:
    """Return the canonical JSON; the vectors hold no number with a fraction of zero."""
    return json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def id_of(fields: dict[str, Any]) -> str:
    """Return the id of a record."""
    return hashlib.sha256(canonical(fields).encode()).hexdigest()


def sig(name: str, message: bytes) -> dict[str, str]:
    """Return the `sig` member for a message."""
    seed = SEEDS[name]
    return {
        "alg": "Ed25519",
        "key": multibase(public_of(seed)),
        "value": base64url(sign(seed, message)),
    }


def row(name: str, fields: dict[str, Any], sequence: int) -> dict[str, Any]:
    """Return a signed record as a store returns it."""
    identifier = id_of(fields)
    sent = sig(name, PREFIX + bytes.fromhex(identifier))
    return {**fields, "id": identifier, "sequence": sequence, "sig": sent}


NOTE = {
    "kind": "app.note.text.v1",
    "text": "Grüße, 世界 🌍",
    "n": 7,
    "nested": {"b": [1, None, True], "a": 0.5},
}


def vectors() -> dict[str, Any]:
    """Return everything that the file holds."""
    alice, bob = did("alice"), did("bob")
    signed = [
        ("a note", "alice", record(alice, "th_vectors", 0, NOTE)),
        ("an empty body", "bob", record(bob, "th_vectors", 1, {"kind": "app.empty.note.v1"})),
        ("the largest clock", "alice", record(alice, "th_vectors", 2**53 - 1, NOTE, act="KNOW")),
    ]
    return {
        "about": "Signatures of records, docs/decisions/0012-signatures.md. The private keys are public: "
        "use them in tests only.",
        "message_prefix_hex": PREFIX.hex(),
        "keys": [
            {
                "name": name,
                "seed_hex": seed.hex(),
                "public_hex": public_of(seed).hex(),
                "multibase": multibase(public_of(seed)),
                "did": did(name),
            }
            for name, seed in SEEDS.items()
        ],
        "signed": [
            {
                "name": title,
                "key": name,
                "record": fields,
                "canonical": canonical(fields),
                "id": id_of(fields),
                "message_hex": (PREFIX + bytes.fromhex(id_of(fields))).hex(),
                "sig": sig(name, PREFIX + bytes.fromhex(id_of(fields))),
            }
            for title, name, fields in signed
        ],
        "refused": _refused(),
        "malformed": _malformed(),
        "rotation": _rotation(),
    }


def _refused() -> list[dict[str, Any]]:
    """Well-formed signatures that verification refuses, each for another reason."""
    alice = did("alice")
    fields = record(alice, "th_vectors", 0, NOTE)
    digest = bytes.fromhex(id_of(fields))
    right = sig("alice", PREFIX + digest)
    raw = base64.urlsafe_b64decode(right["value"] + "==")
    flipped = bytes([raw[0] ^ 1]) + raw[1:]
    shifted = raw[:32] + (int.from_bytes(raw[32:], "little") + L).to_bytes(32, "little")
    stranger = sig("bob", PREFIX + digest)
    altered = {**fields, "body": {**NOTE, "n": 8}}
    moved = {**fields, "thread": "th_elsewhere"}
    cases = [
        ("the body was altered", "invalid", altered, right),
        ("replayed to another thread", "invalid", moved, right),
        ("replayed under another actor", "invalid", {**fields, "actor": did("bob")}, right),
        ("one bit of the value is flipped", "invalid", fields, {**right, "value": base64url(flipped)}),
        ("s is not reduced", "invalid", fields, {**right, "value": base64url(shifted)}),
        ("the id without the prefix", "invalid", fields, sig("alice", digest)),
        ("the id as text", "invalid", fields, sig("alice", PREFIX + digest.hex().encode())),
        ("the key of another", "unknown_key", fields, stranger),
        (
            "the value of one key under the name of another",
            "invalid",
            fields,
            {**right, "key": stranger["key"]},
        ),
    ]
    return [
        {"name": name, "signature": verdict, "record": {**changed, "id": id_of(changed)}, "sig": sent}
        for name, verdict, changed, sent in cases
    ]


def _malformed() -> list[dict[str, Any]]:
    """Members that are no signature, with the place that is at fault."""
    right = sig("alice", PREFIX + bytes(32))
    value, key = right["value"], right["key"]
    identity = multibase(b"\x01" + bytes(31))
    last = value[:-1] + chr(ord(value[-1]) + 1)
    cases: list[tuple[str, Any, str]] = [
        ("no object", value, "$.sig"),
        ("no algorithm", {"key": key, "value": value}, "$.sig.alg"),
        ("another algorithm", {**right, "alg": "ES256"}, "$.sig.alg"),
        ("the algorithm in another case", {**right, "alg": "ed25519"}, "$.sig.alg"),
        ("no key", {"alg": "Ed25519", "value": value}, "$.sig.key"),
        ("the key as a DID", {**right, "key": f"did:key:{key}"}, "$.sig.key"),
        ("the key in hexadecimal", {**right, "key": public_of(SEEDS["alice"]).hex()}, "$.sig.key"),
        ("a point of small order", {**right, "key": identity}, "$.sig.key"),
        ("a value with padding", {**right, "value": value + "=="}, "$.sig.value"),
        ("a value of 63 bytes", {**right, "value": base64url(bytes(63))}, "$.sig.value"),
        ("base64 with + and /", {**right, "value": "+/" + value[2:]}, "$.sig.value"),
        ("bits beyond the 64 bytes", {**right, "value": last}, "$.sig.value"),
        ("a number", {**right, "value": 5}, "$.sig.value"),
    ]
    return [{"name": name, "sig": sent, "path": path} for name, sent, path in cases]


def _rotation() -> dict[str, Any]:
    """A key handed over, and what either key may sign afterwards."""
    alice, thread = did("alice"), f"identity:{did('alice')}"
    first, later = (multibase(public_of(SEEDS[name])) for name in ("alice", "alice-later"))
    body = {"kind": "core.key_rotation", "_v": 1, "previous_key": first, "new_key": later, "reason": "yearly"}

    def note(name: str, sequence: int) -> dict[str, Any]:
        return row(name, record(alice, "th_vectors", sequence, {"kind": "app.note.text.v1"}), sequence)

    rotation = row("alice", record(alice, thread, 0, body, act="LEARN"), 20)
    return {
        "did": alice,
        "record": rotation,
        "keys_at": [{"sequence": at, "keys": [key]} for at, key in ((1, first), (20, first), (21, later))],
        "judged": [
            {"record": rotation, "signature": "valid"},
            {"record": note("alice", 10), "signature": "valid"},
            {"record": note("alice-later", 11), "signature": "unknown_key"},
            {"record": note("alice", 30), "signature": "unknown_key"},
            {"record": note("alice-later", 31), "signature": "valid"},
        ],
    }


if __name__ == "__main__":
    print(json.dumps(vectors(), ensure_ascii=False, indent=2))
