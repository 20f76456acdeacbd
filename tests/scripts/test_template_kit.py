"""The template overrides that our contract does not reach, proven on a probe document."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import httpx
import pytest

from _contract import chain
from _toolbox import ENVIRONMENTS, ROOT, python_of

# The first of these tests may have to make the environment of the generator.
pytestmark = pytest.mark.timeout(400)

PROBE = Path(__file__).parent / "probe" / "openapi.yaml"
CODE = (
    "import sys; from pathlib import Path; from _contract import build;"
    "build.run_generator(Path(sys.argv[1]), Path(sys.argv[2]))"
)


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """Generate a package from the probe and return the parent of its operations."""
    folder = tmp_path_factory.mktemp("kit")
    asked = subprocess.run([sys.executable, str(ROOT / "scripts" / "generate"), "--lint"], check=False)
    assert asked.returncode == 0  # The environment of the generator is there now.
    subprocess.run(
        [str(python_of(ENVIRONMENTS / chain.NAME)), "-c", CODE, str(PROBE), str(folder / "probe_client")],
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT / "scripts")},
    )
    sys.path.insert(0, str(folder))
    yield importlib.import_module("probe_client.api.probe")
    sys.path.remove(str(folder))


def _operation(api: ModuleType, name: str) -> ModuleType:
    return importlib.import_module(f"{api.__name__}.{name}")


def _models(api: ModuleType) -> ModuleType:
    return importlib.import_module("probe_client.models")


def _sent(kwargs: dict[str, object]) -> httpx.Request:
    seen: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(204)

    with httpx.Client(base_url="http://d.test", transport=httpx.MockTransport(handle)) as client:
        client.request(**kwargs)  # type: ignore[arg-type]
    return seen[0]


def test_a_multipart_boundary_is_not_fixed(api: ModuleType) -> None:
    """Httpx chooses the boundary of each upload, so content cannot close a part of it."""
    body = _models(api).Upload(text="\r\n--+++--\r\n")
    sent = [_sent(_operation(api, "upload").request(body=body)) for _ in range(2)]
    boundaries = {request.headers["content-type"].partition("boundary=")[2] for request in sent}
    assert len(boundaries) == 2
    assert "+++" not in boundaries
    assert b"\r\n--+++--\r\n" in sent[0].read()


def test_several_bodies_are_told_apart(api: ModuleType) -> None:
    """A required body with two content types goes out under the one that fits its value."""
    module = _operation(api, "either")
    listed = _sent(module.request(body=["a"]))
    assert (listed.headers["content-type"], listed.read()) == ("application/json", b'["a"]')
    form = _sent(module.request(body=_models(api).Upload(text="x y")))
    assert (form.headers["content-type"], form.read()) == ("application/x-www-form-urlencoded", b"text=x+y")


def test_a_uuid_header_can_be_sent(api: ModuleType) -> None:
    """A header of format uuid is sent as its text."""
    mark = uuid.UUID(int=5)
    assert _sent(_operation(api, "marked").request(x_mark=mark)).headers["x-mark"] == str(mark)


def test_a_range_of_statuses_is_documented(api: ModuleType) -> None:
    """`4XX` is parsed like a listed status; without a default response anything else is None."""
    parse = _operation(api, "marked").parse
    refusal = {"why": "w", "refusal": "r"}
    assert parse(httpx.Response(418, json=refusal)).to_dict() == refusal
    assert parse(httpx.Response(200, json=[None])) == [None]
    assert parse(httpx.Response(520, json=refusal)) is None
