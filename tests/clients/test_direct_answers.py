"""What the short way makes of answers: in pieces, packed, too early, without end, with more behind them."""

from __future__ import annotations

import gzip
import socket
import threading
import tracemalloc

import pytest

from syncropel.transport import direct
from tests.clients.test_direct import INSTALLED, STORED, put
from tests.support.colours import COLOURS, Colour
from tests.support.servers import answer, raw, scripted


def test_a_body_that_nobody_asked_to_be_packed(colour: Colour) -> None:
    """An encoded answer is read all the same; one that unpacks to more than is read is refused."""
    small, large = (gzip.compress(data) for data in (b'{"clock": 7}', b" " * 90_000_000))
    packed = {"content-encoding": "gzip", "content-type": "application/json"}
    with scripted(answer(201, small, headers=packed), answer(201, large, headers=packed)) as server:
        client = colour.client(endpoint=server.url)
        assert colour.call(client.emit, "PUT", "a.b.c", {}, "t").clock == 7
        assert "larger than" in str(colour.call(client.emit, "PUT", "a.b.c", {}, "t", timeout=20.0).error)


@pytest.mark.parametrize("encoding", ["gzip, gzip", "gzip\r\ncontent-encoding: gzip", "br", "zstd"])
def test_a_body_that_would_unpack_to_any_size(colour: Colour, encoding: str) -> None:
    """What is packed twice, or in a way that nobody asked for, is not unpacked: it could be gigabytes."""
    packed = answer(201, b"\x1f\x8b", headers={"content-encoding": encoding})
    with scripted(packed) as server:
        error = str(put(colour, server.url).error)
    assert error.startswith("DecodeError: the answer is encoded as ")
    assert len(server.requests) == 1


def test_a_header_that_is_no_ascii(colour: Colour) -> None:
    """It does not keep the answer from being read."""
    head = b"HTTP/1.1 201 x\r\nx-note: caf\xe9\r\nx-request-id: r1\r\ncontent-length: 2\r\n\r\n{}"
    with scripted(raw(head, keep=True)) as server:
        assert put(colour, server.url).request_id == "r1"


def test_an_answer_in_pieces(colour: Colour) -> None:
    """Provisional answers are passed over, chunks put together, and a body may end with the connection."""
    early = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 x\r\nlink: y\r\n\r\n"
    chunked = b'HTTP/1.1 201 x\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{"clo\r\n6\r\nck":7}\r\n0\r\n\r\n'
    open_end = b'HTTP/1.1 201 x\r\n\r\n{"clock":8}'
    late = b'HTTP/1.1 201 x\r\ncontent-length: 11\r\n\r\n{"clock":9}HTTP/1.1 201 y\r\n'
    steps = raw(early + chunked, keep=True), raw(open_end), raw(late, keep=True), STORED
    with scripted(*steps) as server:
        client = colour.client(endpoint=server.url)
        clocks = [colour.call(client.emit, "PUT", "a.b.c", {}, "t").clock for _ in range(4)]
        assert clocks == [7, 8, 9, 1]
        assert server.connections == 3, "one carries two, and none is used after more than an answer"


@pytest.mark.parametrize("nobody", [b"", b"500 x\r\ny: 2\r\nx-request-id: other\r\n\r\n", b"103 x\r\n\r\n"])
def test_what_follows_an_answer(colour: Colour, nobody: bytes) -> None:
    """Neither trailers nor another answer that nobody asked for change status or headers of the answer."""
    head = b"HTTP/1.1 201 x\r\nx-request-id: r1\r\ntransfer-encoding: chunked\r\n\r\n"
    whole = head + b'b\r\n{"clock":7}\r\n0\r\nx-note: late\r\n\r\n' + (nobody and b"HTTP/1.1 " + nobody)
    with scripted(raw(whole, keep=True), STORED) as server:
        client = colour.client(endpoint=server.url)
        first, second = (colour.call(client.emit, "PUT", "a.b.c", {}, "t") for _ in range(2))
        assert (first.status, first.clock, first.request_id) == (201, 7, "r1")
        assert (second.clock, server.connections) == (1, 2 if nobody else 1)


@pytest.mark.parametrize(
    "begun",
    [b"x-first: 1\r\n", b"transfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n"],
    ids=["head", "trailers"],
)
def test_a_head_without_end(colour: Colour, begun: bytes) -> None:
    """It is given up before it fills the memory, and so are trailers."""
    endless = b"HTTP/1.1 201 x\r\n" + begun + b"x-more: %b\r\n" % (b"y" * 1000) * 300
    with scripted(raw(endless, keep=True)) as server:
        error = str(put(colour, server.url, max_retries=0).error)
    assert error.startswith("RemoteProtocolError: ")


def test_a_body_in_very_small_chunks() -> None:
    """It takes no more memory than one in large chunks, whatever a server makes of them."""
    if direct.load():
        reading = direct.Reading(1_000_000)
        reading.feed(b"HTTP/1.1 200 x\r\ntransfer-encoding: chunked\r\n\r\n")
        tracemalloc.start()
        reading.feed(b"2\r\n{}\r\n" * 250_000)
        held, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert held < 1_500_000


@pytest.mark.parametrize("refuses", [True, False], ids=["final", "provisional"])
def test_an_answer_before_the_request_has_gone(refuses: bool) -> None:
    """A refusal of a large request that nobody reads is heard at once; a provisional answer ends nothing."""

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            accepted.append(connection)
            with connection.makefile("rb") as stream:
                head = stream.readline(1000) + b"".join(iter(stream.readline, b"\r\n"))
                if refuses:
                    connection.sendall(b"HTTP/1.1 413 x\r\ncontent-length: 0\r\n\r\n")
                    continue
                connection.sendall(b"HTTP/1.1 100 x\r\n\r\nHTTP/1.1 102 x\r\n\r\n")
                stream.read(int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0]))
                connection.sendall(b"HTTP/1.1 201 x\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")

    accepted: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        for make in COLOURS.values() if INSTALLED else ():
            colour = make()
            url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            client = colour.client(endpoint=url, timeout=10.0, coalesce=False)
            large = {"x": "y" * 20_000_000}
            told = [colour.call(client.emit, "PUT", "a.b.c", large, "t").status for _ in range(2)]
            assert told == [413 if refuses else 201] * 2
            colour.close()
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()
    for connection in accepted:
        connection.close()
    assert len(accepted) == 4 * INSTALLED, "none of them is used again"
