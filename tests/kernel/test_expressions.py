"""Expressions on both libraries: the helpers the documents use, names with positions, limits."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import Any

import pytest

from syncropel.errors import MissingExtraError
from syncropel.kernel.expressions import CelEvaluator, limits
from syncropel.kernel.expressions.evaluator import find_engine
from syncropel.kernel.expressions.functions import functions
from syncropel.kernel.expressions.pure import PureEngine
from syncropel.rules.infer.expressions import ExpressionError
from tests.support.cases import load_cases

NOW = 1_500_000_000.0


def _evaluators() -> list[CelEvaluator]:
    def now() -> float:
        return NOW

    best, pure = find_engine(functions(now)), PureEngine(functions(now))
    # On Python 3.10 the pure library is the best one, so there is one to test.
    engines = [best] if isinstance(best, PureEngine) else [best, pure]
    return [CelEvaluator(now, engine=engine) for engine in engines]


EVALUATORS = _evaluators()
each_library = pytest.mark.parametrize(
    "evaluator", EVALUATORS, ids=[type(each._engine).__name__ for each in EVALUATORS]
)
VARIABLES: dict[str, Any] = {
    "trust": 0.5,
    "many": list(range(400)),
    "huge": 2**70,
    "response": {"none": None, "yes": True, "number": 1.5, "text": "x", "list": [3, 1, 2]},
}


@each_library
@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("response.list.sort()", [1, 2, 3]),
        ("sort(['b', 'a'])", ["a", "b"]),
        ("['a', 'b'].join('-') + ['c', 'd'].join()", "a-bcd"),
        ("response.list.size() + size('é')", 4),
        ("[1.5, 2.0].sum()", 3.5),
        ("response.list.max() - response.list.min()", 2),
        ("avg([1, 2])", 1.5),
        ("[2, 1, 2].distinct().reverse()", [1, 2]),
        ("[abs(-2), round(1.5), floor(1.5), ceil(1.2)]", [2, 2, 1, 2]),
        ("' a,b '.trim().upperAscii().split(',')", ["A", "B"]),
        ("now()", "2017-07-14T02:40:00Z"),
        ("now() - timestamp('2017-07-14T01:40:00Z') == duration('1h')", True),
        ("duration('90s')", "90s"),
        ("has(response.missing) || response.yes && response.none == null", True),
        ("many.filter(x, x > 397).map(y, y * 2)", [796, 798]),
        ("many.exists(x, x == 5) && !many.all(x, x > 5) && many.exists_one(x, x == 7)", True),
        ("trust > 0 && response.text.matches('^x$') ? 'yes' : 'no'", "yes"),
        ("{'b': [1, 2.5, null, true], 'a': {}}", {"a": {}, "b": [1, 2.5, None, True]}),
        ("many.map(many, many)[3]", 3),
    ],
)
def test_values_are_plain_json(
    evaluator: CelEvaluator, expression: str, value: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every helper and every kind of value comes back as plain JSON, whichever library computes it."""
    # What is asked is the value, however busy the machine is.
    monkeypatch.setattr(limits, "MAX_SECONDS", 60.0)
    found = evaluator.evaluate(expression, VARIABLES)
    assert found == value
    assert type(found) is type(value)


@each_library
def test_the_protocols_expression_cases(evaluator: CelEvaluator) -> None:
    """Every given case with an expression fold has the given answer."""
    cases = [case for case in load_cases("fold") if case["op"].startswith("expression")]
    assert cases
    for case in cases:
        given = {"responses": case["input"]["responses"], "tally": {}}
        assert evaluator.evaluate(case["input"]["expression"], given) == case["expect"]["answer"], case["id"]


@each_library
@pytest.mark.parametrize(
    ("expression", "position", "says"),
    [
        ("trust * 2.0 > unknown", 14, "unknown"),
        ("trust\n  > unknown", 10, "unknown"),
        ("many.map(x, x + y)", 16, "'y'"),
        ("[x].map(x, x)", 1, "'x'"),
        ("trust > nope(1)", 8, "nope"),
        ("many.nope()", 5, "nope"),
        ("trust @ 1", 6, "'@'"),
        ("(trust", 0, "never closed"),
        ("trust)", 5, "closes nothing"),
        ("'open", 0, "not understood"),
        ("many.map(1, 2)", 5, "map takes"),
        ("", 0, "empty"),
    ],
)
def test_a_fault_has_its_position(evaluator: CelEvaluator, expression: str, position: int, says: str) -> None:
    """Unknown names and functions, and characters out of place, are found without any value."""
    with pytest.raises(ExpressionError) as caught:
        evaluator.check(expression, frozenset(VARIABLES))
    assert caught.value.position == position
    assert says in caught.value.reason
    assert caught.value.expression == expression


@each_library
@pytest.mark.parametrize("expression", ["1 +", "trust trust", "trust ? 1", "a.1", "trust > > 1"])
def test_what_is_no_expression_is_refused(evaluator: CelEvaluator, expression: str) -> None:
    """A text that breaks the grammar is refused at check, with a position in the text or at its end."""
    with pytest.raises(ExpressionError) as caught:
        evaluator.check(expression, frozenset({"trust", "a"}))
    assert caught.value.position is not None
    assert 0 <= caught.value.position <= len(expression)


@each_library
@pytest.mark.parametrize(
    "expression",
    [
        "1 / 0",
        "1.0 / 0.0",
        "9223372036854775807 + 1",
        "response.missing",
        "response.text + 1",
        "[1, 'a'].sort()",
        "[1].join()",
        "[].max()",
        "many[1000]",
        "b'bytes'",
        "{1: 2}",
        "response.text.sort()",
        "'a'.matches('[')",
        "huge + 1",
    ],
)
def test_what_has_no_value_is_an_expression_error(evaluator: CelEvaluator, expression: str) -> None:
    """An evaluation without a JSON value raises ExpressionError and nothing else."""
    with pytest.raises(ExpressionError):
        evaluator.evaluate(expression, VARIABLES)


@each_library
@pytest.mark.parametrize(
    "expression",
    [
        "many.map(a, many.map(b, many.map(c, a * b * c)))",
        "many.all(a, many.all(b, many.all(c, true || a > b)))",
        "many.filter(a, many.exists(b, many.exists(c, a + b + c < 0)))",
        "many.map(a, many)",
    ],
)
def test_an_endless_expression_is_stopped(evaluator: CelEvaluator, expression: str) -> None:
    """64 million turns, or a value of 160 thousand numbers, end as an error within seconds."""
    started = time.monotonic()
    with pytest.raises(ExpressionError):
        evaluator.evaluate(expression, VARIABLES)
    assert time.monotonic() - started < 10


@pytest.mark.parametrize(
    ("expression", "says"),
    [
        ("1" + " + 1" * limits.MAX_LENGTH, "characters"),
        ("(" * 25 + "1" + ")" * 25, "nested deeper"),
        ("[" * 100_0 + "1" + "]" * 100_0, "nested deeper"),
        ("['x']" + ".map(x, x + x)" * 9, "comprehensions"),
        ("['x']" + ".map(x, x + x + x + x)" * 4, "repeat an element 256 times"),
        ("m.map(a, m.map(b, m.map(c, m.map(d, d))))", "comprehensions are nested deeper"),
    ],
)
def test_an_expression_that_multiplies_is_refused_before_it_runs(expression: str, says: str) -> None:
    """Length, nesting, number of comprehensions and growth are judged on the text alone."""
    with pytest.raises(ExpressionError, match=says):
        CelEvaluator().check(expression, frozenset({"m"}))


@each_library
@pytest.mark.parametrize(
    "expression",
    [
        "l.map(a, t + t)",
        "l.filter(a, t.matches('y.*z'))",
        "l.map(a, m.join(t))",
        "l.exists(a, t.split('x').size() == a)",
        "l.all(a, l.sort() == l)",
        "l.map(a, l.exists(b, [l, l] == a))",
        "l.map(a, t).map(b, size(b + b + b + b) + size(b + b + b + b))",
        "+".join(["t"] * 1000),
        "+".join(["l"] * 1000),
    ],
)
def test_what_would_go_through_too_much_is_refused_before_it_runs(
    evaluator: CelEvaluator, expression: str
) -> None:
    """A large text in each of many turns would take gigabytes: it is weighed and refused at once."""
    variables = {"l": list(range(9000)), "t": "x" * 700_000, "m": ["x" * 1000] * 700}
    started = time.process_time()  # not the time of whatever else runs here
    with pytest.raises(ExpressionError, match=r"might go through|max recursion|takes longer"):
        evaluator.evaluate(expression, variables)
    assert time.process_time() - started < 3


def test_large_values_may_be_gone_through(monkeypatch: pytest.MonkeyPatch) -> None:
    """Records of a megabyte are filtered by a member of what stands beside them, and compared in pairs."""
    records = [{"id": number, "text": "x" * 1000} for number in range(1000)]
    query = {"input": {"records": records, "least": 990}, "few": records[:90]}
    best = EVALUATORS[0]
    monkeypatch.setattr(limits, "MAX_SECONDS", 60.0)
    assert best.evaluate("input.records.filter(r, r.id >= input.least).map(r, r.id)[0]", query) == 990
    assert best.evaluate("few.map(a, few.filter(b, b.id == a.id).size()).sum()", query) == 90


def test_expressions_are_compiled_once() -> None:
    """A second evaluation of the same text over the same names compiles nothing."""
    compiled: list[str] = []

    class Counting:
        def compile(self, expression: str, used: Any) -> Any:
            compiled.append(expression)
            return lambda variables: variables["a"]

    evaluator = CelEvaluator(engine=Counting())
    assert [evaluator.evaluate("a", {"a": number}) for number in range(3)] == [0, 1, 2]
    assert compiled == ["a"]


def test_without_a_library_the_extra_is_named() -> None:
    """Where no CEL library is installed the error is one line that says what to install."""
    code = (
        "import sys; sys.modules['cel_expr_python'] = sys.modules['celpy'] = None\n"
        "from syncropel.kernel.expressions import CelEvaluator\n"
        "try: CelEvaluator().check('1', frozenset())\n"
        "except ImportError as error: print(type(error).__name__, error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("pip install 'syncropel[infer]'")
    assert done.stdout.startswith(MissingExtraError.__name__)
    assert done.stdout.count("\n") == 1
