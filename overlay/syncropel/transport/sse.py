"""Server-sent events: bytes in any pieces to frames, and frames to what the watch stream means by them.

Follows the event stream format of the HTML standard (line ends LF, CR and CRLF in any mixture, comments,
a byte order mark, several `data` lines, an `id` that stays in force), with a limit on what one frame may
hold.
"""

from __future__ import annotations

import codecs
import json
from typing import Any, NamedTuple

from syncropel.errors import DecodeError

MAX_FRAME_CHARACTERS = 8 * 1024 * 1024
RECORD = "record.created"
HEARTBEAT = "heartbeat"
ERROR = "error"
SHUTDOWN = "server_shutdown"
KNOWN_EVENTS = frozenset({RECORD, HEARTBEAT, ERROR, SHUTDOWN})


class Frame(NamedTuple):
    """One event of a stream.

    Attributes:
        event: The event's name; `record.created` when the frame names none.
        data: The `data` lines joined by line feeds; None for a frame that has none (only its `id` counts).
        id: The cursor in force after this frame; None while none has been seen.
    """

    event: str
    data: str | None
    id: str | None

    def value(self) -> dict[str, Any]:
        """Return the data as an object; anything else in it (or nothing) gives an empty one."""
        try:
            value = json.loads(self.data or "")
        except (ValueError, RecursionError):
            return {}
        return value if isinstance(value, dict) else {}


class FrameParser:
    """Cuts a byte stream into frames. Feed it pieces as they arrive, split anywhere.

    Args:
        last_id: The cursor in force before the stream began.
        max_frame: Characters that one frame may hold.
    """

    def __init__(self, last_id: str | None = None, max_frame: int = MAX_FRAME_CHARACTERS) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._limit = max_frame
        self._line: list[str] = []
        self._unfinished = 0
        self._held = 0
        self._after_cr = False
        self._at_start = True
        self._event = ""
        self._data: list[str] = []
        self._id = last_id
        self._id_changed = False

    def feed(self, piece: bytes) -> list[Frame]:
        """Return the frames that this piece completes.

        Raises:
            DecodeError: One frame holds more than the limit.
        """
        text = self._decoder.decode(piece)
        if self._at_start and text:
            self._at_start = False
            text = text.removeprefix("\ufeff")
        if self._after_cr and text:
            self._after_cr = False
            text = text.removeprefix("\n")
        self._after_cr = text.endswith("\r") or (self._after_cr and not text)
        return self._lines(text.replace("\r\n", "\n").replace("\r", "\n"))

    def _lines(self, text: str) -> list[Frame]:
        frames: list[Frame] = []
        *complete, rest = text.split("\n")
        for end in complete:
            self._line.append(end)
            line = "".join(self._line)
            self._line.clear()
            self._unfinished = 0
            frame = self._take(line)
            if frame is not None:
                frames.append(frame)
        if rest:
            self._line.append(rest)
            self._unfinished += len(rest)
        self._check_size()
        return frames

    def _check_size(self) -> None:
        if self._held + self._unfinished > self._limit:
            raise DecodeError(f"a frame of the event stream is larger than {self._limit} characters")

    def _take(self, line: str) -> Frame | None:
        if not line:
            return self._dispatch()
        if line.startswith(":"):
            return None
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            self._held += len(value) + 1
            self._check_size()
            self._data.append(value)
        elif name == "event":
            self._event = value
        elif name == "id" and "\0" not in value:
            self._id = value
            self._id_changed = True
        return None

    def _dispatch(self) -> Frame | None:
        event, data, changed = self._event, self._data, self._id_changed
        self._event, self._data, self._id_changed, self._held = "", [], False, 0
        if data:
            return Frame(event or RECORD, "\n".join(data), self._id)
        return Frame(event or RECORD, None, self._id) if changed else None
