"""What an import loads: asserted on modules, because milliseconds depend on the machine."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.support.servers import answer, scripted

HEAVY = (
    "asyncio",
    "attr",
    "attrs",
    "dataclasses",
    "httpcore",
    "httpx",
    "inspect",
    "json",
    "jsonschema",
    "ssl",
    "typing",
)


def loaded_by(code: str) -> set[str]:
    """Return the modules that a fresh interpreter holds after some code, without what it starts with."""
    script = f"import sys\nbefore = set(sys.modules)\n{code}\nprint(*(set(sys.modules) - before))"
    done = subprocess.run(
        [sys.executable, "-I", "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    return set(done.stdout.split())


def test_the_package_itself_is_light() -> None:
    """`import syncropel` loads neither httpx nor attrs nor asyncio, nor any module of its own."""
    loaded = loaded_by("import syncropel")
    assert not loaded & set(HEAVY)
    assert {name for name in loaded if name.startswith("syncropel")} == {"syncropel"}


@pytest.mark.parametrize(
    "name", ["Identity", "Ref", "canonical_json", "record_id", "validate_kind", "KindError", "Record"]
)
def test_the_rules_are_light(name: str) -> None:
    """A pure rule needs neither httpx nor attrs nor the event loop."""
    loaded = loaded_by(f"from syncropel import {name}")
    assert not loaded & {"asyncio", "attr", "attrs", "httpcore", "httpx", "jsonschema", "ssl"}


def test_the_client_loads_what_it_needs() -> None:
    """A client that was made has loaded no generated calls, and no HTTP library beside the parser."""
    loaded = loaded_by("from syncropel import Client; Client(endpoint='http://localhost:1').close()")
    late = ("syncropel._sync", "jsonschema", "syncropel.kernel", "syncropel.rules.schemas")
    late += ("syncropel_generated",)
    if "httptools" in loaded:
        late += ("asyncio", "email", "httpcore", "httpx", "ssl")
    else:
        assert "httpx" in loaded
    assert not [name for name in loaded if name.startswith(late)]


def test_a_first_emit_inspects_no_classes() -> None:
    """A program that emits one record, and not from an event loop, never loads what `dataclasses` loads."""
    with scripted(answer(201, json={"id": "a", "clock": 1})) as server:
        code = (
            "from syncropel import Client\n"
            f"client = Client(endpoint={server.url!r})\n"
            "assert client.emit_sync('PUT', 'a.b.c', {}, 't').record_id == 'a'\n"
            "client.close()"
        )
        loaded = loaded_by(code)
    assert "httptools" in loaded or "httpx" in loaded
    assert "httpx" in loaded or not loaded & {"ast", "asyncio", "dataclasses", "inspect"}


def test_http_loads_no_certificates() -> None:
    """An emit over plain HTTP does not read the bundle of authorities, which costs more than all the rest."""
    code = (
        "import certifi, ssl\n"
        "def refuse(*a, **k): raise AssertionError('certificates were loaded')\n"
        "certifi.where = ssl.SSLContext.load_verify_locations = refuse\n"
        "from syncropel import Client\n"
        "client = Client(endpoint='http://127.0.0.1:1', max_retries=0)\n"
        "assert client.emit_sync('PUT', 'a.b.c', {}, 't').error.startswith('ConnectError')\n"
        "client.close()"
    )
    assert "httpx" in loaded_by(code)


def test_keys_and_administration_load_when_they_are_used() -> None:
    """A client that signs nothing and administers nothing loads neither the cryptography nor those calls."""
    loaded = loaded_by(
        "from syncropel import Client, Identity\n"
        "Client('http://localhost:1', Identity.static('did:example:me'), api_key='a-token').close()"
    )
    late = (
        "cryptography",
        "joserfc",
        "platformdirs",
        "syncropel_generated.api.access",
        "syncropel.keys.verify",
    )
    assert not [name for name in loaded if name.startswith(late)]
