r"""Canonical JSON: the one text of a value, which record ids are the hash of.

The rules, as the published implementation behaves:

- object keys in ascending order of code points at every depth (not of UTF-16 units, as RFC 8785 has it);
  `,` and `:` without spaces; arrays keep their order;
- strings in raw UTF-8, escaped only where JSON demands it (`"`, `\` and U+0000 to U+001F: short forms for
  `\b \t \n \f \r`, lower-case `\u00xx` for the rest); no Unicode normalisation, so a composed and a
  decomposed `é` differ;
- integers exact, of any size; a float without a fraction is written as an integer (`1.0` as `1`, `-0.0` as
`0`,
  `1e21` in 22 digits); any other float as Python prints it (`0.1`, `1e-05`: below 1e-4 other languages print
  differently, so send such numbers as strings or scaled integers);
- NaN, infinities, keys that are not strings, lone surrogates and every type that JSON has not are refused.

A compiled encoder (the standard library's, or `orjson` once a process asked for it with `compiled_json.load`)
writes the same text for every value of exactly the plain types in which no float is whole or smaller than
1e-4. Both conditions are checked, and a value that fails one takes the slow way.
"""

from __future__ import annotations

import json
import math
from json import encoder as _encoder
from typing import TYPE_CHECKING, Any, NoReturn

from ..errors import UsageError
from . import compiled_json
from .plain import has_surrogate, plain_copy

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_ALWAYS_REGULAR = frozenset((str, int, bool, type(None)))
_SMALLEST_REGULAR = 1e-4
"""Below it encoders differ in where they begin to write an exponent."""


def canonical_json(value: Any) -> str:
    """Return the canonical JSON text of a value.

    Args:
        value: A JSON value: `dict` with string keys, `list`, `str`, `int`, `float`, `bool`, `None`, or an
            instance of a subclass of them.

    Raises:
        UsageTypeError: A type that JSON has not (a tuple, a set, bytes, a key that is not a string).
        UsageError: NaN, an infinity, a lone surrogate, an integer of more digits than the interpreter prints
            (4300 by default), or a value nested too deeply.
    """
    data = fast_bytes(value)
    if data is not None:
        return data.decode()
    text = _rewritten(value)
    if has_surrogate(text):
        _explain_surrogate(value)
    return text


def canonical_bytes(value: Any) -> bytes:
    """Return the canonical JSON of a value in UTF-8: the bytes that are hashed.

    Raises:
        UsageTypeError, UsageError: As `canonical_json`.
    """
    data = fast_bytes(value)
    if data is not None:
        return data
    try:
        return _rewritten(value).encode()
    except UnicodeEncodeError:
        _explain_surrogate(value)


def _make_encoder() -> Callable[[Any, int], Sequence[str]]:
    """Return the standard library's encoder with its setup done once instead of per call, where it can be."""
    public = json.JSONEncoder(
        ensure_ascii=False, check_circular=False, allow_nan=False, sort_keys=True, separators=(",", ":")
    )

    def portable(value: Any, _level: int) -> Sequence[str]:
        return (public.encode(value),)

    make = getattr(_encoder, "c_make_encoder", None)
    if make is None:
        return portable
    probe = {"b": [1.5, True, None], "a": "é\n"}
    try:
        compiled: Callable[[Any, int], Sequence[str]] = make(
            None, public.default, _encoder.encode_basestring, None, ":", ",", True, False, False
        )
        agree = "".join(compiled(probe, 0)) == public.encode(probe)
    except (TypeError, ValueError):  # an interpreter whose private constructor differs
        return portable
    return compiled if agree else portable


_encode = _make_encoder()


def _encoded(value: Any) -> bytes:
    """Return what the fastest encoder there is writes; each sorts keys by code points."""
    writer = compiled_json.sorted_writer
    return "".join(_encode(value, 0)).encode() if writer is None else writer(value)


def fast_bytes(value: Any) -> bytes | None:
    """Return the canonical bytes of a value that the encoder alone writes canonically, None for any other."""
    try:
        # The encoder goes first: it ends on a value that contains itself, quickly and for sure.
        data = _encoded(value)
        return data if _is_regular(value) else None
    except (TypeError, ValueError, RecursionError):
        return None


def quoted_bytes(text: str) -> bytes:
    """Return the canonical bytes of one string.

    Raises:
        TypeError: It is no string.
        ValueError, TypeError: It holds a lone surrogate.
    """
    if type(text) is not str:
        raise TypeError("not a string")
    writer = compiled_json.sorted_writer
    return _encoder.encode_basestring(text).encode() if writer is None else writer(text)


def _is_regular(value: Any) -> bool:
    """Tell whether a value has exactly the plain types, subclasses excluded, and no irregular float."""
    kind = type(value)
    if kind is dict:
        for key in value:
            if type(key) is not str:
                return False
        members = value.values()
    elif kind is list:
        members = value
    else:
        members = (value,)
    for member in members:
        kind = type(member)
        if kind in _ALWAYS_REGULAR:
            continue
        if kind is dict or kind is list:
            if not _is_regular(member):
                return False
        elif kind is not float or not _is_regular_float(member):
            return False
    return True


def _is_regular_float(value: float) -> bool:
    """Tell whether every encoder writes a float as the rules have it: finite, with a fraction, not tiny."""
    return math.isfinite(value) and not value.is_integer() and abs(value) >= _SMALLEST_REGULAR


def _rewritten(value: Any) -> str:
    """Bring the value to plain types, whole floats to integers, and encode; or say what is wrong where."""
    plain = plain_copy(value, whole_floats_as_integers=True)
    try:
        return "".join(_encode(plain, 0))
    except RecursionError:
        raise UsageError("$: nested too deeply") from None
    except ValueError as error:
        # What is left after the copy: the interpreter's limit on printing integers.
        raise UsageError(f"$: an integer is too long to be written ({error}); send it as a string") from None


def _explain_surrogate(value: Any) -> NoReturn:
    """Raise the error of a value whose text holds a lone surrogate, naming the place."""
    plain_copy(value)
    raise UsageError("$: a text holds a lone surrogate, which UTF-8 cannot carry")
