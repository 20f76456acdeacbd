"""Signatures as the client uses them: judging records and threads, and handing over to another key."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from syncropel._async.admin import AsyncAdmin
from syncropel._async.emit import AsyncEmit
from syncropel._async.read import AsyncRead
from syncropel.errors import NotFoundError, UsageError, UsageTypeError
from syncropel.keys.identity import Identity
from syncropel.rules.row import Record
from syncropel.rules.signatures import ROTATION_KIND, KeyChain, KeySpan, rotation_body
from syncropel.transport import operations
from syncropel.transport.convert import single_record
from syncropel.transport.query import check_text
from syncropel.transport.results import EmitResult
from syncropel.transport.workers import AsyncComputer

if TYPE_CHECKING:
    from syncropel.keys.threads import ThreadVerification
    from syncropel.keys.verify import Verification


class AsyncSigning(AsyncEmit, AsyncRead, AsyncAdmin):
    """The part of the client that judges signatures and changes the key that makes them.

    Records are signed by themselves when the client's identity has a key (`Identity.key`).
    """

    def verify(self, record: Mapping[str, Any], chain: KeyChain | None = None) -> Verification:
        """Compute a record's id and signature again, and say whether they are right. Nothing is sent.

        A record alone shows the keys of a `did:key` that was never rotated; for others `verify_thread` asks.

        Args:
            record: A `Record`, or a row.
            chain: The keys of its author over time. Default: the key that its DID is.

        Returns:
            What was found; `ok` is True when the id is right and a signature, if there is one, is the
            author's.

        Raises:
            UsageTypeError: It is no record (a `TypeError`).
            MissingExtraError: It is signed, and the `keys` extra is not installed.
        """
        from syncropel.keys.verify import verify_record

        if not isinstance(record, Mapping):
            raise UsageTypeError(f"record must be a Record or a row, not {type(record).__name__}")
        return verify_record(record, chain)

    async def verify_thread(self, thread: str, *, timeout: float | None = None) -> ThreadVerification:
        """Read a whole thread and judge every record of it, and say which of them was altered.

        Ids and signatures are computed here; of the server nothing is taken on trust but the order of
        arrival, and the keys of a `did:web`, which it fetched.

        Args:
            thread: The thread.
            timeout: Seconds for each request. Default: the client's setting.

        Returns:
            How many records there are, how many are `signed` and `unsigned`, and what is `invalid`.

        Raises:
            ApiError: The server refused a page.
            TransportError: A page did not arrive, or could not be read.
            UsageError: The thread is empty.
            MissingExtraError: A record is signed, and the `keys` extra is not installed.
        """
        from syncropel.keys.threads import strangers, verify_rows

        check_text(thread, "thread")
        rows = [record async for record in self.iter_records(thread, timeout=timeout)]
        rotations: list[Record] = []
        pinned: dict[str, list[KeySpan]] = {}
        for did in strangers(rows):
            pinned[did] = await self._keys_of(did, rotations, timeout)
        return await AsyncComputer.run(verify_rows, rows, thread=thread, rotations=rotations, pinned=pinned)

    async def rotate_key(
        self,
        new_identity: Identity,
        reason: str | None = None,
        *,
        namespace: str | None = None,
        timeout: float | None = None,
    ) -> EmitResult:
        """Hand the signature of the client's DID over to another key, by a record that the present key signs.

        From the next record on the new key signs, and the present one does no more. When it worked, this
        client signs with the new one; every other client of this DID must be built anew.

        Args:
            new_identity: The same DID with the new key: `Identity.key(path, did=client.identity.actor_did)`.
            reason: Why.
            namespace: The namespace of the record, for a client that does not reach `default`; who cannot
                read there cannot follow the rotation.
            timeout: As for `emit`.

        Returns:
            The outcome, as from `emit`.

        Raises:
            UsageError: The client's identity has no key, or the new one has none, the same, or another DID.
        """
        present = self._settings.identity
        body = rotation_body(_own_key(present), _successor(new_identity, present), reason)
        if namespace is not None:
            body["namespace"] = check_text(namespace, "namespace")
        result = await self.emit(
            "LEARN", ROTATION_KIND, body, f"identity:{present.actor_did}", timeout=timeout
        )
        if result.success:
            self._use_identity(new_identity)
        return result

    def _use_identity(self, identity: Identity) -> None:
        self._settings = self._settings._replace(identity=identity)

    async def _keys_of(self, did: str, rotations: list[Record], timeout: float | None) -> list[KeySpan]:
        """Return the published keys of a DID, and add the records by which it handed over to others."""
        published = []
        # What is not to be found, or not for this client, leaves keys that are judged as unknown.
        with suppress(NotFoundError):
            for key in (await self.identity_keys(did, timeout=timeout)).keys:
                if key.record_id:
                    call = operations.get_record_call(key.record_id)
                    rotations.append(await self._asked(call, single_record, timeout))
                elif key.source == "document":
                    published.append(KeySpan(key.key, key.from_sequence, key.until_sequence))
        return published


def _own_key(identity: Identity) -> str:
    if identity.public_key is None:
        raise UsageError(
            f"the client's identity {identity.actor_did!r} has no key that could be rotated; "
            "build the client with Identity.key(path)"
        )
    return identity.public_key


def _successor(identity: Any, present: Identity) -> str:
    if not isinstance(identity, Identity):
        raise UsageTypeError(f"new_identity must be an Identity, not {type(identity).__name__}")
    if identity.public_key is None:
        raise UsageError("new_identity has no key; make it by Identity.key(path, did=...)")
    if identity.actor_did != present.actor_did:
        raise UsageError(
            f"new_identity is {identity.actor_did!r}, and the DID stays the same when its key changes: "
            f"make it by Identity.key(path, did={present.actor_did!r})"
        )
    return identity.public_key
