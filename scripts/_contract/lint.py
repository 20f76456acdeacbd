"""The lint of the contract: it must be valid, and keep to the rules under which the generator stays silent.

A rule is a function from the document to its violations. `tests/scripts/test_contract_lint.py` plants one
violation for each rule, so none of them can stop working unnoticed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from _contract import lint_examples, lint_operations, lint_schemas
from _contract.document import ContractError

Rule = Callable[[dict[str, Any]], Iterator[tuple[str, str]]]


class Problem(NamedTuple):
    """One violation.

    Attributes:
        rule: The name of the rule.
        where: The place in the contract.
        message: What is wrong and how to mend it.
    """

    rule: str
    where: str
    message: str

    def __str__(self) -> str:
        return f"{self.where}: {self.message} [{self.rule}]"


RULES: dict[str, Rule] = {
    "reference": lint_schemas.references,
    **lint_operations.RULES,
    **lint_schemas.RULES,
    **lint_examples.RULES,
}


def problems(document: dict[str, Any]) -> list[Problem]:
    """Return every violation. A document that is not valid OpenAPI is not judged any further."""
    invalid = validity(document)
    return invalid or own_problems(document)


def own_problems(document: dict[str, Any]) -> list[Problem]:
    """Return the violations of our own rules, for a document that is valid OpenAPI.

    While a reference leads nowhere, only that is said: the other rules follow references.
    """
    found: list[Problem] = []
    for name, rule in RULES.items():
        if found and found[0].rule == "reference":
            break
        try:
            found += [Problem(name, where, message) for where, message in rule(document)]
        except ContractError as error:
            found.append(Problem(name, "references", str(error)))
    return found


def validity(document: dict[str, Any]) -> list[Problem]:
    """Return where the document is not valid OpenAPI 3.1, judged by openapi-spec-validator."""
    from openapi_spec_validator import OpenAPIV31SpecValidator

    if not str(document.get("openapi", "")).startswith("3.1."):
        return [Problem("valid", "openapi", "the contract must be OpenAPI 3.1")]
    return [
        Problem("valid", "/".join(str(part) for part in error.absolute_path) or "document", error.message)
        for error in OpenAPIV31SpecValidator(document).iter_errors()
    ]
