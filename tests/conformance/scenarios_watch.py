"""Scenarios of the watch stream: live, replay, resume, refusals."""

from __future__ import annotations

from itertools import islice
from typing import Any

from .place import BOB, Place, masked
from .registry import scenario


@scenario
def watch_live(place: Place) -> Any:
    """Without a cursor a watch gives the records stored after it began, of its thread only."""
    place.emit(thread="watch live", clock=0)
    with place.watch("watch live") as frames:
        place.emit(thread="watch elsewhere", clock=0)
        stored = [place.emit(thread="watch live", clock=clock).body for clock in (1, 2)]
        seen = list(islice(frames, 2))
    assert [frame.event for frame in seen] == ["record.created"] * 2
    assert [frame.data["id"] for frame in seen] == [row["id"] for row in stored]
    assert [frame.data["record"]["clock"] for frame in seen] == [1, 2]
    assert [frame.cursor for frame in seen] == [str(row["sequence"]) for row in stored]
    return masked([frame._asdict() for frame in seen])


@scenario
def watch_replay_by_clock(place: Place) -> Any:
    """`since_clock` replays the stored records with that clock or a higher one, then goes on live."""
    for clock in (5, 1, 9):
        place.emit(thread="watch clock", clock=clock)
    with place.watch("watch clock", since_clock=5) as frames:
        replayed = list(islice(frames, 2))
        place.emit(thread="watch clock", clock=0)
        live = next(frames)
    assert [frame.data["record"]["clock"] for frame in (*replayed, live)] == [5, 9, 0]
    return masked([frame._asdict() for frame in (*replayed, live)])


@scenario
def watch_resume(place: Place) -> Any:
    """A reader that comes back with its last cursor gets everything after it, once, then goes on live."""
    for clock in range(3):
        place.emit(thread="watch resume", clock=clock)
    with place.watch("watch resume", since_clock=0) as frames:
        first = next(frames)
    place.emit(thread="watch resume", clock=3, actor=BOB)
    with place.watch("watch resume", last_event_id=first.cursor) as frames:
        rest = list(islice(frames, 3))
        place.emit(thread="watch resume", clock=4)
        live = next(frames)
    assert [frame.data["record"]["clock"] for frame in (first, *rest, live)] == [0, 1, 2, 3, 4]
    return masked([frame._asdict() for frame in (first, *rest, live)])


@scenario
def watch_cursor_beats_clock(place: Place) -> Any:
    """With a cursor and `since_clock` together, nothing before the cursor is replayed."""
    with place.watch("watch resume", since_clock=0) as frames:
        second = list(islice(frames, 2))[1]
    with place.watch("watch resume", last_event_id=second.cursor, since_clock=0) as frames:
        seen = list(islice(frames, 3))
    assert [frame.data["record"]["clock"] for frame in seen] == [2, 3, 4]
    return masked([frame._asdict() for frame in seen])


@scenario
def watch_long_replay(place: Place) -> Any:
    """A replay longer than any page arrives whole and in order."""
    with place.watch("long", since_clock=0) as frames:
        seen = [frame.data["record"]["clock"] for frame in islice(frames, 120)]
    assert seen == list(range(120))
    return seen


@scenario
def watch_bad_cursors(place: Place) -> Any:
    """A cursor that the daemon never gave ends the stream with the one error frame `invalid_cursor`."""
    seen = {}
    for cursor in ("rubbish", "-1", "1.5", "9" * 30, "99999999"):
        headers = {"last-event-id": cursor, "accept": "text/event-stream"}
        with place.http.stream("GET", "/v1/threads/long/watch", headers=headers) as response:
            text = b"".join(response.iter_raw()).decode()
        assert response.status_code == 200
        assert text.startswith("event: error\ndata: "), (cursor, text)
        assert '"code":"invalid_cursor"' in text
        seen[cursor] = text
    return seen


@scenario
def watch_bad_parameters(place: Place) -> Any:
    """A clock that is no number is refused before the stream begins, as JSON."""
    seen = {
        text: place.get("/v1/threads/long/watch", since_clock=text) for text in ("x", "-1", "1.5", str(2**63))
    }
    assert {(each.status, each.code) for each in seen.values()} == {(400, "INVALID_PARAMETER")}
    return {text: each.plain() for text, each in seen.items()}


@scenario
def watch_unknown_thread(place: Place) -> Any:
    """A thread can be watched before its first record."""
    with place.watch("watch/unborn é") as frames:
        stored = place.emit(thread="watch/unborn é", clock=0)
        seen = next(frames)
    assert seen.data["id"] == stored.body["id"]
    return masked(seen._asdict())


@scenario
def watch_two_readers(place: Place) -> Any:
    """Two readers of one thread both get every record."""
    with place.watch("watch two") as one, place.watch("watch two") as two:
        place.emit(thread="watch two", clock=0)
        place.emit(thread="watch two", clock=1)
        seen = [[frame.data["record"]["clock"] for frame in islice(frames, 2)] for frames in (one, two)]
    assert seen == [[0, 1], [0, 1]]
    return seen
