"""The names that users import."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

import syncropel

ROOT = Path(__file__).parent.parent.parent


def test_all_is_sorted_and_there() -> None:
    """Every name of `__all__` can be imported, and the list is in order."""
    assert sorted(syncropel.__all__) == syncropel.__all__
    for name in syncropel.__all__:
        assert getattr(syncropel, name) is not None
    assert set(syncropel.__all__) <= set(dir(syncropel))


def test_a_wrong_name_says_where() -> None:
    """The error names the module and the name."""
    with pytest.raises(AttributeError, match=r"module 'syncropel' has no attribute 'Nonsense'"):
        syncropel.Nonsense  # noqa: B018
    with pytest.raises(AttributeError, match=r"module 'syncropel.client' has no attribute 'Nonsense'"):
        syncropel.client.Nonsense  # type: ignore[attr-defined]  # noqa: B018


def test_the_version_is_the_project_s() -> None:
    """`__version__` is what `pyproject.toml` says."""
    (version,) = re.findall(r'(?m)^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert syncropel.__version__ == version


def test_type_checkers_see_the_same_names() -> None:
    """The block for type checkers imports exactly the names that are loaded lazily."""
    text = inspect.getsource(syncropel)
    block = text.partition("if TYPE_CHECKING:\n")[2].partition("\n__version__")[0]
    imported = set(re.findall(r"\b[A-Za-z_]+\b", block))
    assert set(syncropel._HOMES) <= imported
    assert set(syncropel._HOMES) == set(syncropel.__all__) - {"__version__"}


def test_every_error_of_the_tree_is_public() -> None:
    """Every exception that a client raises can be imported from the package."""
    from syncropel import errors

    hidden = {
        "InvalidJson",
        "InvalidRecord",
        "InvalidRecordType",
    }  # always met as the UsageError that they are
    hidden |= {"InferError", "InferFailed", "InferNotSent", "InferTimeout"}  # public together with infer
    tree = {
        n for n, v in vars(errors).items() if isinstance(v, type) and issubclass(v, errors.SyncropelError)
    }
    assert tree - hidden <= set(syncropel.__all__)


def test_syncropel_kind_error_is_kind_error() -> None:
    """The published name of the kind error still works."""
    assert syncropel.SyncropelKindError is syncropel.KindError
    assert issubclass(syncropel.SyncropelKindError, ValueError)


@pytest.mark.parametrize("name", ["Client", "SyncClient"])
def test_every_method_is_documented(name: str) -> None:
    """`help(Client)` explains every public method."""
    cls = getattr(syncropel, name)
    missing = [n for n in dir(cls) if not n.startswith("_") and not inspect.getdoc(getattr(cls, n))]
    assert missing == []
