"""The two tables that documents are generated from agree with what they describe."""

from __future__ import annotations

import re

import pytest

from syncropel.rules import limits
from syncropel.rules.error_codes import ERROR_CODES, error_type
from syncropel.rules.limits import LIMITS

CONSTANTS = {name: value for name, value in vars(limits).items() if name.isupper() and name != "LIMITS"}


def test_every_limit_is_described() -> None:
    """The table has one row for each constant, and no other."""
    assert set(LIMITS) == set(CONSTANTS)


def test_limits_are_positive_integers() -> None:
    """Every limit can be compared with a count."""
    assert all(type(value) is int and value > 0 for value in CONSTANTS.values())


def test_descriptions_are_sentences() -> None:
    """Every row says what the limit is on; a refusal that it names is in the error table with that status."""
    for _, text in LIMITS.values():
        assert text.endswith(".")
        for status, code in re.findall(r"(\d{3}) `([A-Z_]+)`", text):
            assert ERROR_CODES[code].status == int(status)


@pytest.mark.parametrize("code", list(ERROR_CODES))
def test_codes_are_well_formed(code: str) -> None:
    """A code is in UPPER_SNAKE, its status a refusal, and both texts are sentences."""
    row = ERROR_CODES[code]
    assert re.fullmatch(r"[A-Z]+(_[A-Z]+)*", code)
    assert 400 <= row.status < 600
    assert row.meaning.endswith(".")
    assert row.remedy.endswith(".")


@pytest.mark.parametrize(
    ("status", "name"),
    [
        (400, "invalid_request_error"),
        (401, "authentication_error"),
        (403, "permission_error"),
        (404, "not_found_error"),
        (405, "invalid_request_error"),
        (409, "conflict_error"),
        (410, "gone_error"),
        (413, "invalid_request_error"),
        (422, "invalid_request_error"),
        (429, "rate_limit_error"),
        (500, "api_error"),
        (503, "api_error"),
        (507, "api_error"),
    ],
)
def test_type_of_each_status(status: int, name: str) -> None:
    """The envelope's `type` follows from the status alone."""
    assert error_type(status) == name


def test_sizes_make_sense_together() -> None:
    """The limits do not contradict each other."""
    assert limits.DEFAULT_PAGE <= limits.MAX_PAGE
    assert limits.DEFAULT_SEARCH_HITS <= limits.MAX_SEARCH_HITS
    assert limits.MAX_CLOCK == 2**63 - 1
    assert limits.MAX_TEXT_BYTES * limits.MAX_PARENTS <= limits.MAX_BODY_BYTES * 2
