"""Keys and values."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any

from syncropel._async.store.carrier import AsyncCarrier
from syncropel.errors import SynapError
from syncropel.transport.store_arguments import lifetime, pairs, text, texts, value, whole
from syncropel.transport.store_results import Stats, payload_of

PAGE = 1000


class AsyncKV:
    """Keys and values: texts under texts, with a time to live and counters."""

    def __init__(self, carrier: AsyncCarrier) -> None:
        self._carrier = carrier

    async def set(
        self,
        key: str,
        value: Any,  # noqa: A002, RUF100 - the word of the field
        ttl: float | None = None,
        *,
        nx: bool = False,
        xx: bool = False,
        keep_ttl: bool = False,
    ) -> bool:
        """Store a value.

        Args:
            key: The key, 1 to 1,024 bytes of UTF-8.
            value: A text, which `get` returns; bytes, which `get_bytes` returns; any other JSON value is
                stored as its compact JSON text.
            ttl: Seconds it shall live; 0 is over at once. Default: it stays, whatever it had before.
            nx: Only if there is no such key.
            xx: Only if there is such a key.
            keep_ttl: Leave the time to live as it is.

        Returns:
            Whether it was written; False when `nx` or `xx` stood against it.

        Raises:
            SynapError: The server refused it, or did not answer.
            UsageError: An argument cannot be used.
        """
        flags = {"nx": nx, "xx": xx, "keepttl": keep_ttl}
        members = {"key": text(key, "key"), **carried(value), **lifetime(ttl)}
        members |= {name: True for name, given in flags.items() if given}
        answer = await self._carrier.run("kv.set", members, key)
        return not isinstance(answer, dict) or answer.get("written") is not False

    async def get(self, key: str, default: Any = None) -> Any:
        """Return the value of a key as text, `default` when there is none.

        Raises:
            SynapError: The server refused it, or did not answer.
        """
        found = await self._carrier.run("kv.get", {"key": text(key, "key")}, key)
        return default if found is None else found

    async def get_bytes(self, key: str) -> bytes | None:
        """Return the value of a key as the bytes that were stored, None when there is none.

        Raises:
            SynapError: The server refused it, or did not answer.
        """
        kind = "base64" if self._carrier.ours else "bytes"
        found = await self._carrier.run("kv.get", {"key": text(key, "key"), "type": kind}, key)
        return None if found is None else payload_of(found)

    async def delete(self, key: str) -> bool:
        """Delete a key; return whether it was there.

        Raises:
            SynapError: The server refused it, or did not answer.
        """
        answer = await self._carrier.run("kv.del", {"key": text(key, "key")}, key)
        return bool(answer["deleted"])

    async def exists(self, key: str) -> bool:
        """Return whether a key is there.

        Raises:
            SynapError: The server refused it, or did not answer.
        """
        answer = await self._carrier.run("kv.exists", {"key": text(key, "key")}, key)
        return bool(answer["exists"])

    async def mset(
        self, values: Mapping[str, Any] | Iterable[tuple[str, Any]], ttl: float | None = None
    ) -> None:
        """Store several values at once: all of them, or none.

        Args:
            values: Keys and values, as a mapping or as pairs; at most 1,000.
            ttl: Seconds they shall live. Default: they stay.

        Raises:
            SynapError: The server refused it, or did not answer.
            UsageError: There is nothing to store, or a value cannot be used.
        """
        rows = [{"key": key, **carried(each)} for key, each in pairs(values)]
        texts([row["key"] for row in rows], "values")
        await self._carrier.run("kv.mset", {"pairs": rows, **lifetime(ttl)}, rows[0]["key"])

    async def mget(self, keys: Iterable[str]) -> list[Any]:
        """Return the values of several keys as texts, in the order asked; None for those that are not there.

        Args:
            keys: The keys, at most 1,000.

        Raises:
            SynapError: The server refused it, or did not answer.
        """
        wanted = texts(keys, "keys")
        answer = await self._carrier.run("kv.mget", {"keys": wanted, "type": "string"}, wanted[0])
        return list(answer["values"])

    async def mget_bytes(self, keys: Iterable[str]) -> list[bytes | None]:
        """Return the values of several keys as the bytes that were stored, in the order asked.

        Args:
            keys: The keys, at most 1,000. A server that knows texts alone is asked for one after the other.

        Raises:
            SynapError: The server refused it, or did not answer.
        """
        wanted = texts(keys, "keys")
        answer = await self._carrier.run("kv.mget", {"keys": wanted, "type": "base64"}, wanted[0])
        if not self._carrier.ours:
            return [await self.get_bytes(key) for key in wanted]
        return [None if each is None else payload_of(each) for each in answer["values"]]

    async def msetnx(
        self, values: Mapping[str, Any] | Iterable[tuple[str, Any]], ttl: float | None = None
    ) -> bool:
        """Store several values if none of their keys is there; return whether they were stored.

        Args:
            values: As for `mset`.
            ttl: Seconds they shall live. Default: they stay.

        Raises:
            SynapError: The server refused it, or did not answer.
            UsageError: There is nothing to store, or a value cannot be used.
        """
        rows = [{"key": key, **carried(each)} for key, each in pairs(values)]
        texts([row["key"] for row in rows], "values")
        answer = await self._carrier.run("kv.msetnx", {"pairs": rows, **lifetime(ttl)}, rows[0]["key"])
        return bool(answer["success"])

    async def getset(
        self,
        key: str,
        value: Any,  # noqa: A002, RUF100 - the word of the field
    ) -> Any:
        """Store a value, which stays, and return the one before as text, None when there was none.

        Raises:
            SynapError: The server refused it, or did not answer.
        """
        return await self._carrier.run("kv.getset", {"key": text(key, "key"), **carried(value)}, key)

    async def append(
        self,
        key: str,
        value: Any,  # noqa: A002, RUF100 - the word of the field
    ) -> int:
        """Put something behind a value, whose time to live stays; return how many bytes it has now.

        Raises:
            SynapError: The server refused it, or did not answer.
        """
        members = {"key": text(key, "key"), **carried(value)}
        return int((await self._carrier.run("kv.append", members, key))["length"])

    async def setrange(
        self,
        key: str,
        offset: int,
        value: Any,  # noqa: A002, RUF100 - the word of the field
    ) -> int:
        """Write over a value from a byte on, with zeros for what is missing; return how many bytes it has.

        Raises:
            SynapError: The server refused it, or did not answer.
        """
        members = {"key": text(key, "key"), "offset": whole(offset, "offset", 0), **carried(value)}
        return int((await self._carrier.run("kv.setrange", members, key))["length"])

    async def getrange(self, key: str, start: int, end: int) -> str | None:
        """Return the bytes from one to another as text, None when there are none.

        Args:
            key: The key.
            start: The first byte; a negative one counts from the end.
            end: The last byte, included.

        Raises:
            SynapError: The server refused it, or did not answer.
        """
        members = {"key": text(key, "key"), "start": whole(start, "start"), "end": whole(end, "end")}
        found = await self._carrier.run("kv.getrange", members, key)
        return None if found is None else str(found)

    async def strlen(self, key: str) -> int:
        """Return how many bytes a value has, 0 without one.

        Raises:
            SynapError: The server refused it, or did not answer.
        """
        return int((await self._carrier.run("kv.strlen", {"key": text(key, "key")}, key))["length"])

    async def rename(self, source: str, destination: str) -> None:
        """Give a key another name, whatever has that.

        Raises:
            SynapError: There is no such key (`status_code` 404).
        """
        members = {"source": text(source, "source"), "destination": text(destination, "destination")}
        await self._carrier.run("key.rename", members, source)

    async def incr(self, key: str) -> int:
        """Count up by one, from 0 when there is no such key; return the new number.

        Raises:
            SynapError: The value is no number, or the number would leave 64 bits.
        """
        return await self.incrby(key, 1)

    async def incrby(self, key: str, amount: int) -> int:
        """Count up by an amount, which may be negative; return the new number.

        Raises:
            SynapError: As for `incr`.
        """
        members = {"key": text(key, "key"), "amount": whole(amount, "amount")}
        return int((await self._carrier.run("kv.incr", members, key))["value"])

    async def decr(self, key: str) -> int:
        """Count down by one; return the new number.

        Raises:
            SynapError: As for `incr`.
        """
        return await self.decrby(key, 1)

    async def decrby(self, key: str, amount: int) -> int:
        """Count down by an amount; return the new number.

        Raises:
            SynapError: As for `incr`.
        """
        members = {"key": text(key, "key"), "amount": whole(amount, "amount")}
        return int((await self._carrier.run("kv.decr", members, key))["value"])

    async def ttl(self, key: str) -> float | None:
        """Return the seconds that a key has left, None for one that stays.

        Raises:
            SynapError: There is no such key (`status_code` 404).
        """
        answer = await self._carrier.run("kv.ttl", {"key": text(key, "key")}, key)
        if answer.get("ttl_ms") is not None:
            return float(answer["ttl_ms"]) / 1000
        return None if answer["ttl"] is None else float(answer["ttl"])

    async def expire(self, key: str, ttl: float) -> bool:
        """Have a key live so many seconds from now on; return whether it is there.

        Raises:
            SynapError: The server refused it, or did not answer.
        """
        members = {"key": text(key, "key"), **lifetime(ttl)}
        return bool((await self._carrier.run("kv.expire", members, key))["result"])

    async def persist(self, key: str) -> bool:
        """Have a key stay; return whether it is there.

        Raises:
            SynapError: The server refused it, or did not answer.
        """
        return bool((await self._carrier.run("kv.persist", {"key": text(key, "key")}, key))["result"])

    async def compare_and_set(
        self,
        key: str,
        expected: str | None,
        value: Any,  # noqa: A002, RUF100 - the word of the field
        ttl: float | None = None,
    ) -> bool:
        """Store a value if the key still holds the expected one.

        Args:
            key: The key.
            expected: What it must hold; None when it must not be there.
            value: As for `set`.
            ttl: Seconds it shall live. Default: it stays.

        Returns:
            Whether it was stored.

        Raises:
            SynapError: The server refused it, or did not answer.
        """
        members = {"key": text(key, "key"), "expected": expected, **carried(value), **lifetime(ttl)}
        try:
            await self._carrier.run("kv.cas", members, key)
        except SynapError as error:
            if error.code != "CAS_FAILED":
                raise
            return False
        return True

    async def scan(self, prefix: str = "", *, pattern: str | None = None) -> AsyncIterator[str]:
        """Go through the keys in their order, page by page.

        A key that is there all the while comes exactly once; one that comes or goes meanwhile may or may not.

        Args:
            prefix: Only keys that begin so.
            pattern: Only keys that it fits: `*`, `?` and `[...]`.

        Yields:
            The keys.

        Raises:
            SynapError: The server refused it, or did not answer.
        """
        members: dict[str, Any] = {"limit": PAGE}
        members |= {"prefix": prefix} if prefix else {}
        members |= {} if pattern is None else {"pattern": text(pattern, "pattern")}
        cursor: str | None = None
        while True:
            asked = members if cursor is None else {**members, "cursor": cursor}
            answer = await self._carrier.run("kv.scan", asked)
            for key in answer["keys"]:
                yield key
            cursor = answer.get("cursor")
            if cursor is None:
                return

    async def keys(self, pattern: str = "*") -> list[str]:
        """Return the keys that a pattern fits; for very many of them `scan` needs less memory.

        Args:
            pattern: `*` stands for any text, `?` for one character, `[...]` for one of some.

        Raises:
            SynapError: The server refused it, or did not answer.
        """
        answer = await self._carrier.run("kv.keys", {"pattern": text(pattern, "pattern")})
        if not answer.get("truncated"):
            return list(answer["keys"])
        return [key async for key in self.scan(pattern=pattern)]

    async def size(self) -> int:
        """Return the number of keys.

        Raises:
            SynapError: The server refused it, or did not answer.
        """
        return int((await self._carrier.run("kv.dbsize", {}))["size"])

    async def stats(self) -> Stats:
        """Return the numbers of keys, bytes and operations.

        Raises:
            SynapError: The server refused it, or did not answer.
        """
        return Stats(await self._carrier.run("kv.stats", {}))


# Within the class `value` is the word of an argument.
carried = value
