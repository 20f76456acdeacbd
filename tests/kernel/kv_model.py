"""Keys as they should be: a dictionary, and a clock that somebody else moves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

LEAST, MOST = -(2**63), 2**63 - 1


class Model:
    """What a space holds, as a dictionary of values and their ends in milliseconds.

    Args:
        now: The time, milliseconds.
    """

    def __init__(self, now: Callable[[], int]) -> None:
        self.now = now
        self.entries: dict[str, tuple[str, int | None]] = {}

    def run(self, command: str, payload: dict[str, Any]) -> Any:
        """Return the payload of a command's answer, or the code of its refusal."""
        self.entries = {
            key: entry for key, entry in self.entries.items() if entry[1] is None or entry[1] > self.now()
        }
        return getattr(self, command.replace("kv.", "").replace(".", "_"))(**payload)

    def _end(self, ttl: int | None) -> int | None:
        return None if ttl is None else self.now() + ttl * 1000

    def set(self, key: str, value: str, ttl: int | None = None, **how: bool) -> Any:
        """Give a key a value."""
        old = self.entries.get(key)
        written = not ((how.get("nx") and old is not None) or (how.get("xx") and old is None))
        if written:
            end = old[1] if how.get("keepttl") and old is not None else self._end(ttl)
            self.entries[key] = (value, end)
        return {"success": True, **({"written": written} if how.get("nx") or how.get("xx") else {})}

    def get(self, key: str) -> Any:
        """Return a value."""
        return self.entries[key][0] if key in self.entries else None

    def delete(self, key: str) -> Any:
        """Take a key away."""
        return {"deleted": self.entries.pop(key, None) is not None}

    def mdel(self, keys: list[str]) -> Any:
        """Take keys away."""
        return {"deleted": sum(self.entries.pop(key, None) is not None for key in keys)}

    def exists(self, key: str) -> Any:
        """Tell whether a key is there."""
        return {"exists": key in self.entries}

    def mset(self, pairs: list[dict[str, str]], ttl: int | None = None) -> Any:
        """Give keys values."""
        for pair in pairs:
            self.entries[pair["key"]] = (pair["value"], self._end(ttl))
        return {"success": True}

    def mget(self, keys: list[str], **_form: str) -> Any:
        """Return values."""
        return {"values": [self.get(key) for key in keys]}

    def incr(self, key: str, amount: int = 1) -> Any:
        """Count up."""
        text, end = self.entries.get(key, ("0", None))
        digits = text.removeprefix("-")
        if not (digits.isascii() and digits.isdigit() and LEAST <= int(text) <= MOST):
            return "NOT_AN_INTEGER"
        value = int(text) + amount
        if not LEAST <= value <= MOST:
            return "COUNTER_OVERFLOW"
        self.entries[key] = (str(value), end)
        return {"value": value}

    def decr(self, key: str, amount: int = 1) -> Any:
        """Count down."""
        return self.incr(key, -amount)

    def cas(self, key: str, expected: str | None, value: str, ttl: int | None = None) -> Any:
        """Give a key a value if it has the expected one."""
        if self.get(key) != expected:
            return "CAS_FAILED"
        self.entries[key] = (value, self._end(ttl))
        return {"success": True, "swapped": True}

    def append(self, key: str, value: str) -> Any:
        """Put something behind a value."""
        text, end = self.entries.get(key, ("", None))
        self.entries[key] = (text + value, end)
        return self.strlen(key)

    def setrange(self, key: str, offset: int, value: str) -> Any:
        """Write over a value."""
        text, end = self.entries.get(key, ("", None))
        content = bytearray(text.encode())
        content.extend(bytes(max(0, offset + len(value.encode()) - len(content))))
        content[offset : offset + len(value.encode())] = value.encode()
        self.entries[key] = (content.decode(), end)
        return self.strlen(key)

    def getrange(self, key: str, start: int, end: int, **_form: str) -> Any:
        """Return a part of a value, as the positions that are in it."""
        content = self.entries.get(key, ("", None))[0].encode()
        first, last = (each + len(content) if each < 0 else each for each in (start, end))
        part = bytes(byte for place, byte in enumerate(content) if first <= place <= last)
        return list(part) or None

    def strlen(self, key: str) -> Any:
        """Return the bytes of a value."""
        return {"length": len(self.entries.get(key, ("", None))[0].encode())}

    def getset(self, key: str, value: str) -> Any:
        """Give a key a value and return the one before."""
        before = self.get(key)
        self.entries[key] = (value, None)
        return before

    def msetnx(self, pairs: list[dict[str, str]], ttl: int | None = None) -> Any:
        """Give keys values unless one is there."""
        free = not any(pair["key"] in self.entries for pair in pairs)
        if free:
            self.mset(pairs, ttl)
        return {"success": free}

    def key_exists(self, key: str) -> Any:
        """Tell whether a key is there."""
        return {"key": key, **self.exists(key)}

    def key_type(self, key: str) -> Any:
        """Tell what it holds."""
        return {"key": key, "type": "string" if key in self.entries else "none"}

    def key_rename(self, source: str, destination: str) -> Any:
        """Move an entry."""
        return self._moved(source, destination, replaces=True, keeps=False)

    def key_renamenx(self, source: str, destination: str) -> Any:
        """Move an entry to where none is."""
        return self._moved(source, destination, replaces=False, keeps=False)

    def key_copy(self, source: str, destination: str, replace: bool = False) -> Any:
        """Copy an entry."""
        return self._moved(source, destination, replaces=replace, keeps=True)

    def _moved(self, source: str, destination: str, *, replaces: bool, keeps: bool) -> Any:
        if source not in self.entries:
            return "KEY_NOT_FOUND"
        if source != destination:
            if destination in self.entries and not replaces:
                return "KEY_EXISTS"
            self.entries[destination] = self.entries[source] if keeps else self.entries.pop(source)
        return {"success": True, "source": source, "destination": destination}

    def ttl(self, key: str) -> Any:
        """Tell how long a key has left."""
        if key not in self.entries:
            return "KEY_NOT_FOUND"
        end = self.entries[key][1]
        left = None if end is None else end - self.now()
        return {"ttl": None} if left is None else {"ttl": left // 1000, "ttl_ms": left}

    def expire(self, key: str, ttl: int) -> Any:
        """Give a key an end."""
        return self._retime(key, self._end(ttl))

    def persist(self, key: str) -> Any:
        """Take the end of a key away."""
        return self._retime(key, None)

    def _retime(self, key: str, end: int | None) -> Any:
        if key in self.entries:
            self.entries[key] = (self.entries[key][0], end)
        return {"result": key in self.entries}

    def dbsize(self) -> Any:
        """Count the keys."""
        return {"size": len(self.entries)}

    def keys(self) -> Any:
        """List the keys."""
        # Python orders texts by code point, and so does UTF-8.
        return {"keys": sorted(self.entries), "count": len(self.entries)}

    @property
    def bytes(self) -> int:
        """Bytes of all keys and values."""
        return sum(len(key.encode()) + len(value.encode()) for key, (value, _) in self.entries.items())
