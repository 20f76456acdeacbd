"""Reading threads: lists, states, participants."""

from __future__ import annotations

from syncropel import NotFoundError
from syncropel.testing import MockKernel
from tests.clients.filling import fill
from tests.support.colours import Colour


def test_threads_and_who_is_on_them(colour: Colour, kernel: MockKernel) -> None:
    """Threads are listed page by page, folded into a state, and name their participants."""
    client = colour.client(transport=kernel.transport())
    for n in range(7):
        fill(colour, client, n + 1, thread=f"t{n}")
    page = colour.call(client.threads, limit=3)
    assert [summary.id for summary in page] == ["t0", "t1", "t2"]
    assert page.next_cursor
    found = colour.collect(client.iter_threads(page_size=2))
    assert [(summary.id, summary.record_count) for summary in found] == [(f"t{n}", n + 1) for n in range(7)]
    assert colour.call(client.thread_state, "t3").record_count == 4
    assert [who.actor for who in colour.call(client.participants, "t3")] == [client.identity.actor_did]
    assert colour.call(client.thread_state, "nobody") is None
    assert isinstance(client.last_error, NotFoundError)
