"""Closing, event loops, forks: nothing is left behind, and nothing warns."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import textwrap

import httpx
import pytest

from syncropel import Client, Identity, SyncClient
from syncropel.testing import MockKernel
from tests.support.colours import DID, Colour
from tests.support.servers import Server, answer, scripted, silence

STORED = answer(201, json={"clock": 1})


def run_script(server: Server, body: str) -> str:
    """Run a script in a process of its own, where every warning is an error that it would print."""
    head = f"""
        import asyncio, gc, os, sys, threading
        from syncropel import Client, Identity, SyncClient
        URL = {server.url!r}
        DID = Identity.static("did:example:test")
        async def emit(client):
            result = await client.emit("PUT", "a.b.c", {{}}, "t")
            assert result.success, result
    """
    code = textwrap.dedent(head) + textwrap.dedent(body) + "\ngc.collect()\nprint('done')\n"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stderr == ""
    assert done.stdout.strip() == "done"
    return done.stdout


SCRIPTS = {
    "never used": """
        client = Client(endpoint=URL, identity=DID)
        client.close()
    """,
    "emit_sync, then a plain close": """
        client = Client(endpoint=URL, identity=DID)
        assert client.emit_sync("PUT", "a.b.c", {}, "t").success
        client.close()
        del client
    """,
    "used in a loop, closed after it": """
        client = Client(endpoint=URL, identity=DID)
        asyncio.run(emit(client))
        client.close()
        del client
    """,
    "closed in the loop without await": """
        async def main():
            client = Client(endpoint=URL, identity=DID)
            await emit(client)
            client.close()
        asyncio.run(main())
    """,
    "closed in the loop with await": """
        async def main():
            client = Client(endpoint=URL, identity=DID)
            await emit(client)
            await client.close()
            await client.aclose()
        asyncio.run(main())
    """,
    "a block": """
        async def main():
            async with Client(endpoint=URL, identity=DID) as client:
                await emit(client)
        asyncio.run(main())
    """,
    "one client over two loops": """
        client = Client(endpoint=URL, identity=DID)
        asyncio.run(emit(client))
        asyncio.run(emit(client))
        client.close()
        del client
    """,
    "one client, two loops at once": """
        client = Client(endpoint=URL, identity=DID)
        def work():
            async def many():
                for _ in range(20):
                    await emit(client)
            asyncio.run(many())
        threads = [threading.Thread(target=work) for _ in range(4)]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        client.close()
        del client
    """,
    "a synchronous block": """
        with SyncClient(endpoint=URL, identity=DID) as client:
            assert client.emit("PUT", "a.b.c", {}, "t").success
        client.close()
        del client
    """,
    "a subscription that is forgotten": """
        async def main():
            client = Client(endpoint=URL, identity=DID)
            await emit(client)
            subscription = client.subscribe("t", print)
            await asyncio.sleep(0.05)
            client.close()
            await subscription.wait_closed(5)
        asyncio.run(main())
    """,
    "a fork in between": """
        client = SyncClient(endpoint=URL, identity=DID)
        assert client.emit("PUT", "a.b.c", {}, "t").success
        child = os.fork()
        if child == 0:
            os._exit(0 if client.emit("PUT", "a.b.c", {}, "t").success else 1)
        assert os.waitpid(child, 0)[1] == 0
        assert client.emit("PUT", "a.b.c", {}, "t").success
        client.close()
        del client
    """,
}


@pytest.mark.parametrize("name", SCRIPTS)
def test_nothing_warns(name: str) -> None:
    """However a client is used and closed, no warning appears, not even of a socket left open."""
    with scripted(STORED) as server:
        run_script(server, SCRIPTS[name])


def test_a_fork_does_not_disturb_the_parent() -> None:
    """The child connects anew; the parent's connection goes on."""
    with scripted(STORED) as server:
        run_script(server, SCRIPTS["a fork in between"])
        assert server.connections == 2


def test_a_transport_of_the_user_is_closed_with_the_client(colour: Colour) -> None:
    """A transport given to the client is used for everything, and closed once at the end."""
    closed: list[str] = []

    class Transport(httpx.MockTransport):
        async def aclose(self) -> None:
            closed.append("async")

        def close(self) -> None:
            closed.append("sync")

    client = colour.client(transport=Transport(lambda request: httpx.Response(201)))
    assert colour.call(client.emit, "PUT", "a.b.c", {}, "t").success
    colour.call(client.close)
    assert closed == [colour.name]


def test_both_colours_of_one_client_share_the_transport() -> None:
    """`emit` and `emit_sync` go through the transport that was given, in a plain function too."""
    with MockKernel() as kernel:
        client = Client(endpoint="mock://", identity=Identity.static(DID), transport=kernel.transport())
        assert client.emit_sync("PUT", "a.b.c", {}, "t").success
        assert asyncio.run(client.emit("PUT", "a.b.c", {}, "t")).success
        client.close()
        assert kernel.count() == 2


def test_an_asynchronous_transport_cannot_serve_emit_sync() -> None:
    """A transport of the wrong colour is a failure that is told, not an exception."""
    client = Client(endpoint="http://mock", transport=httpx.AsyncHTTPTransport(verify=False))
    result = client.emit_sync("PUT", "a.b.c", {}, "t")
    client.close()
    assert not result.success
    assert "handle_request" in str(result.error)


def test_a_call_under_way_ends_when_the_client_closes() -> None:
    """Closing at once wakes who waits for an answer, and their emit says that the connection is gone."""

    async def main() -> None:
        client = Client(endpoint=server.url, identity=Identity.static(DID), max_retries=0)
        waiting = asyncio.create_task(client.emit("PUT", "a.b.c", {}, "t"))
        while not server.requests:
            await asyncio.sleep(0.01)
        client.close()
        result = await asyncio.wait_for(waiting, 5)
        assert not result.success

    with scripted(silence()) as server:
        asyncio.run(main())


def test_cancelling_passes_through() -> None:
    """A cancelled emit is cancelled, not turned into a result, and the client goes on working."""

    async def main() -> None:
        async with Client(endpoint=server.url, identity=Identity.static(DID)) as client:
            waiting = asyncio.create_task(client.emit("PUT", "a.b.c", {}, "t"))
            while not server.requests:
                await asyncio.sleep(0.01)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            assert (await client.emit("PUT", "a.b.c", {}, "t")).success

    with scripted(silence(), STORED) as server:
        asyncio.run(main())


def test_sync_client_has_every_method() -> None:
    """What the asynchronous client can do, the synchronous one can do under the same names."""
    only_async = {"emit_sync", "aclose"}
    public = {name for name in dir(Client) if not name.startswith("_")}
    assert public - only_async == {name for name in dir(SyncClient) if not name.startswith("_")}


def test_a_transport_of_the_other_colour_is_refused() -> None:
    """What could never send is refused where it is given, not at the first emit."""
    with pytest.raises(TypeError, match="transport must be an httpx transport with handle_request, not"):
        SyncClient(endpoint="http://mock", transport=httpx.AsyncHTTPTransport())  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="handle_async_request or handle_request, not object"):
        Client(endpoint="http://mock", transport=object())  # type: ignore[arg-type]


def test_a_synchronous_transport_serves_emit_sync_and_is_closed() -> None:
    """A script may give `Client` a transport for `emit_sync` alone; closing either way closes it."""

    class Plain(httpx.BaseTransport):
        closed = 0

        def handle_request(self, request: httpx.Request) -> httpx.Response:
            return httpx.Response(201, json={"clock": 1, "id": "0" * 64}, request=request)

        def close(self) -> None:
            self.closed += 1

    async def use(client: Client) -> None:
        async with client:
            client.emit_sync("PUT", "a.b.c", {}, "t")

    transport = Plain()
    asyncio.run(use(Client(endpoint="http://mock", transport=transport)))  # type: ignore[arg-type]
    assert transport.closed == 1
