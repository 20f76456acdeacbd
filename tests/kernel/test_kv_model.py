"""Keys, compared with a dictionary: whatever is done in whatever order, one by one or many at once."""

from __future__ import annotations

import itertools
import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncropel.kernel.access.caller import Caller as Who
from syncropel.kernel.core import Kernel
from syncropel.kernel.messages import Request

from .kv_model import LEAST, MOST, Model
from .store_support import Failed, result
from .support import FakeTime

_SPACES = itertools.count()
_keys = st.sampled_from(["a", "b", "ab", "é", "\U0001f600", "\x01\uffff", "%_*?["])
_amounts = st.sampled_from([1, -1, 5, MOST, LEAST, MOST - 1]) | st.integers(LEAST, MOST)
_values = st.sampled_from(["", "0", "-7", "text", str(MOST), str(LEAST), "007", str(MOST + 1)]) | st.text(
    st.characters(exclude_categories=["Cs"]), max_size=8
)
_ttls = st.sampled_from([None, 0, 1, 2, 3600])
_many = st.lists(_keys, max_size=5)
_parts = st.just("parts")
_places = st.integers(-6, 6) | st.sampled_from([MOST, LEAST])


def _payload(**members: Any) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(members)


_COMMANDS = {
    "kv.set": _payload(key=_keys, value=_values, ttl=_ttls, nx=st.booleans(), keepttl=st.booleans())
    | _payload(key=_keys, value=_values, ttl=_ttls, xx=st.booleans()),
    "kv.get": _payload(key=_keys),
    "kv.delete": _payload(key=_keys),
    "kv.mdel": _payload(keys=_many),
    "kv.exists": _payload(key=_keys),
    "kv.mset": _payload(pairs=st.lists(_payload(key=_keys, value=_values), max_size=4), ttl=_ttls),
    "kv.mget": _payload(keys=_many, type=st.just("string")),
    "kv.incr": _payload(key=_keys, amount=_amounts),
    "kv.decr": _payload(key=_keys, amount=_amounts),
    "kv.cas": _payload(key=_keys, expected=st.none() | _values, value=_values, ttl=_ttls),
    "kv.append": _payload(key=_keys, value=_values),
    # A part of an ASCII value over ASCII: the model keeps texts.
    "kv.setrange": _payload(
        key=st.just("parts"), offset=st.integers(0, 9), value=st.sampled_from(["", "xy"])
    ),
    "kv.getrange": _payload(key=_keys | _parts, start=_places, end=_places, type=st.just("bytes")),
    "kv.strlen": _payload(key=_keys),
    "kv.getset": _payload(key=_keys, value=_values),
    "kv.msetnx": _payload(pairs=st.lists(_payload(key=_keys, value=_values), max_size=3), ttl=_ttls),
    "key.exists": _payload(key=_keys),
    "key.type": _payload(key=_keys),
    "key.rename": _payload(source=_keys, destination=_keys),
    "key.renamenx": _payload(source=_keys, destination=_keys),
    "key.copy": _payload(source=_keys, destination=_keys, replace=st.booleans()),
    "kv.ttl": _payload(key=_keys),
    "kv.expire": _payload(key=_keys, ttl=st.sampled_from([0, 1, 2, 3600])),
    "kv.persist": _payload(key=_keys),
    "kv.dbsize": _payload(),
    "kv.keys": _payload(),
}
_command = st.sampled_from(sorted(_COMMANDS)).flatmap(lambda name: st.tuples(st.just(name), _COMMANDS[name]))
# A step: commands of one request, or time that passes, or a sweep.
_step = st.lists(_command, min_size=1, max_size=6) | st.sampled_from([0.001, 0.999, 1.0, 2.5]) | st.none()


def _said(outcome: dict[str, Any]) -> Any:
    try:
        return result(outcome)
    except Failed as refusal:
        return refusal.code


@settings(
    max_examples=settings().max_examples * 2 // 5,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=st.lists(_step, max_size=20))
def test_keys_are_a_dictionary(kernel: Kernel, clock: FakeTime, steps: list[Any]) -> None:
    """Every answer is the dictionary's, and so are the counts of keys and bytes, swept or not."""
    clock.now = FakeTime().now
    model = Model(lambda: int(clock.now * 1000))
    space = f"n{next(_SPACES)}"
    who = Who(scopes=frozenset({"kv:read", "kv:write"}), namespace=space)

    def send(command: str, payload: dict[str, Any]) -> dict[str, Any]:
        body = json.dumps({"command": command, "request_id": "r", "payload": payload}).encode()
        reply = kernel.handle(Request("POST", "/api/v1/command", {}, body), caller=who)
        assert reply.status == 200, reply.body
        return dict(reply.body)

    for step in steps:
        if step is None:
            kernel.sweep(2)
        elif isinstance(step, float):
            clock.now += step
        elif len(step) == 1:
            assert _said(send(*step[0])) == model.run(*step[0]), step
        else:
            entries = [{"command": name, "payload": payload} for name, payload in step]
            outcomes = result(send("batch", {"commands": entries}))["results"]
            for (name, payload), outcome in zip(step, outcomes, strict=True):
                assert _said(outcome) == model.run(name, payload), (name, payload)
        # The model drops what is over when it is asked.
        assert result(send("kv.dbsize", {})) == model.run("kv.dbsize", {})
        assert result(send("kv.stats", {}))["total_memory_bytes"] == model.bytes
