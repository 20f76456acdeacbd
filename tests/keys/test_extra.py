"""Without the `keys` extra: what still works, and the one line that says how to have the rest."""

from __future__ import annotations

import subprocess
import sys

import pytest

BLOCK = """
import sys
class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {blocked!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Blocker())
from syncropel.errors import MissingExtraError
from syncropel.keys import ed25519, formats, jwt, verify
from syncropel.keys.identity import Identity
from syncropel.keys.verify import verify_record, verify_records, follow_rotations
"""
LINE = "needs the 'keys' extra: pip install 'syncropel[keys]'"
SIG = {
    "alg": "Ed25519",
    "key": "z6MktwupdmLXVVqTzCw4i46r4uGyosGXRnR3XjN4Zq7oMMsw",
    "value": "A" * 86,
}
RECORD = {"act": "PUT", "actor": "did:key:" + SIG["key"], "body": {}, "clock": 1, "thread": "t"}


def run(code: str, *blocked: str) -> str:
    """Run code in an interpreter that has none of some packages, and return what it prints."""
    source = BLOCK.format(blocked=set(blocked)) + code
    done = subprocess.run(
        [sys.executable, "-c", source], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


CALLS = [
    "Identity.key(bytes(range(32)))",
    "Identity.key('-----BEGIN PRIVATE KEY-----')",
    "Identity.generate('/nowhere/key.pem')",
    "Identity.federated('did:web:example.com', bytes(range(32)))",
    f"verify_record({ {**RECORD, 'sig': SIG}!r})",
    f"list(verify_records([{ {**RECORD, 'sig': SIG}!r}] * 2001))",
    "jwt.read('a.b.c', keys_of=lambda i, k: [], audience=['x'])",
    "formats.dump_public(bytes([11]) * 32, 'pem')",
]


def test_each_call_says_the_line_to_type() -> None:
    """Whatever needs a key raises `MissingExtraError` with the one line, and nothing led to it."""
    code = f"""
for call in {CALLS!r}:
    try:
        eval(call)
    except MissingExtraError as error:
        assert str(error).endswith({LINE!r}) and "\\n" not in str(error), error
        assert isinstance(error, ImportError) and error.__context__ is None, call
        print("told")
    else:
        raise SystemExit(call)
"""
    assert run(code, "cryptography", "joserfc", "bcrypt").split() == ["told"] * len(CALLS)


def test_what_needs_no_key_works() -> None:
    """Names, unsigned records, their verification and public keys as text need nothing of the extra."""
    code = f"""
assert not ed25519.available()
me = Identity.static("did:example:a")
assert me.sign("0b" * 32) is None
record = {RECORD!r}
from syncropel.rules.hashing import record_id
record["id"] = record_id(record)
assert verify_record(record).ok
assert all(verify_records([record] * 10))
assert follow_rotations([record]) == {{}}
assert formats.dump_public(bytes([11]) * 32).startswith(b"z6Mk")
from syncropel.keys.documents import document_url, keys_of_document
assert document_url("did:web:example.com")
print("works")
"""
    assert run(code, "cryptography", "joserfc", "bcrypt") == "works\n"


def test_joserfc_alone_is_missing() -> None:
    """Keys sign without it; only tokens need it."""
    code = f"""
me = Identity.key(bytes(range(32)))
assert me.sign("0b" * 32)
try:
    me.bearer("sa_a", "b")
except MissingExtraError as error:
    assert str(error).endswith({LINE!r})
    print("told")
"""
    assert run(code, "joserfc") == "told\n"


UNSIGNED = """
from syncropel import SyncClient
me = Identity.static("did:example:a")
with SyncClient(endpoint="http://127.0.0.1:1", identity=me, max_retries=0) as client:
    assert client.emit("PUT", "a.b.c", {}, "t").error
"""


@pytest.mark.parametrize("code", ["", "Identity.static('did:example:a').sign('0b' * 32)", UNSIGNED])
def test_nothing_is_loaded_before_a_key_is_used(code: str) -> None:
    """The room's modules, and identities without a key, load neither library."""
    tail = "\nprint(sorted({'cryptography', 'joserfc', 'bcrypt'} & set(sys.modules)))"
    assert run(code + tail) == "[]\n"


def test_a_key_does_not_load_the_tokens_library() -> None:
    """Signing loads what signs, and no more."""
    code = "Identity.key(bytes(range(32))).sign('0b' * 32)\nprint('joserfc' in sys.modules)"
    assert run(code) == "False\n"
