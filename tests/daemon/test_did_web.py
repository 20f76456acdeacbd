"""A `did:web` actor from end to end: its document is fetched, its keys pinned, its signature believed."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from syncropel.daemon.local import LocalDaemon
from syncropel.keys.identity import Identity
from syncropel.rules.records import build_record
from tests.support.sockets import Answer, Connection


class Site(ThreadingHTTPServer):
    """Publishes one document; counts how often it is read."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.reads = 0
        self.status = 200
        self.document: dict[str, Any] = {}
        self.host = f"127.0.0.1:{self.server_address[1]}"
        self.did = f"did:web:127.0.0.1%3A{self.server_address[1]}"

    def publish(self, *keys: str) -> None:
        """Let the document list these keys."""
        methods = [
            {"id": f"{self.did}#{key}", "type": "Multikey", "controller": self.did, "publicKeyMultibase": key}
            for key in keys
        ]
        self.document = {"id": self.did, "verificationMethod": methods}


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        site = self.server
        assert isinstance(site, Site)
        site.reads += 1
        content = json.dumps(site.document).encode()
        self.send_response(site.status if self.path == "/.well-known/did.json" else 404)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def site() -> Iterator[Site]:
    """A site on this machine."""
    with Site() as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture
def ann(site: Site, tmp_path: Path) -> Identity:
    """An actor of that site, whose key it publishes."""
    Identity.generate(tmp_path / "ann.pem")
    made = Identity.federated(site.did, tmp_path / "ann.pem")
    assert made.public_key is not None
    site.publish(made.public_key)
    return made


def signed(identity: Identity, clock: int) -> dict[str, Any]:
    """Return a record that the identity signed."""
    draft = build_record(
        act="KNOW",
        actor=identity.actor_did,
        kind="test.record.made",
        body={"n": clock},
        thread="t",
        clock=clock,
    )
    signature = identity.sign(draft.id)
    assert signature is not None
    return dict(draft.signed(signature).wire)


def emit(daemon: LocalDaemon, identity: Identity, clock: int) -> Answer:
    """Post a record that the identity signed."""
    with Connection(daemon.url) as connection:
        return connection.emit(signed(identity, clock))


def test_the_document_is_read_once_and_its_keys_are_believed(site: Site, ann: Identity) -> None:
    """The first signed record fetches it; the next ones need nobody; the signature comes back."""
    with LocalDaemon(did_web_hosts=(site.host,)) as daemon:
        first = emit(daemon, ann, 1)
        assert (first.status, first.body["sig"]["key"]) == (201, ann.public_key)
        assert emit(daemon, ann, 2).status == 201
        assert site.reads == 1


def test_many_at_once_read_it_once(site: Site, ann: Identity) -> None:
    """Records that arrive together wait for one document."""
    with LocalDaemon(did_web_hosts=(site.host,)) as daemon:
        found: list[int] = []
        threads = [
            threading.Thread(target=lambda clock=clock: found.append(emit(daemon, ann, clock).status))
            for clock in range(1, 9)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert found == [201] * 8
        assert site.reads == 1


def test_a_site_that_fails_is_named_and_left_alone_for_a_while(site: Site, ann: Identity) -> None:
    """The refusal says what the site answered, and the next record does not ask again."""
    site.status = 500
    with LocalDaemon(did_web_hosts=(site.host,)) as daemon:
        for clock in (1, 2):
            answer = emit(daemon, ann, clock)
            assert (answer.status, answer.body["code"]) == (403, "KEY_UNKNOWN")
            assert "answered 500" in answer.body["message"]
        assert site.reads == 1
        with Connection(daemon.url) as connection:
            assert connection.get("/health").body["records"] == 0


def test_a_site_that_is_not_listed_is_not_asked(site: Site, ann: Identity) -> None:
    """This machine's services are out of an actor's reach."""
    with LocalDaemon() as daemon:
        answer = emit(daemon, ann, 1)
    assert (answer.status, answer.body["code"]) == (403, "KEY_UNKNOWN")
    assert "--did-web-host" in answer.body["message"]
    assert site.reads == 0


def test_another_key_than_the_published_one_is_refused(site: Site, ann: Identity, tmp_path: Path) -> None:
    """Whoever controls a key of their own is not the actor."""
    Identity.generate(tmp_path / "eve.pem")
    eve = Identity.federated(site.did, tmp_path / "eve.pem")
    with LocalDaemon(did_web_hosts=(site.host,)) as daemon:
        answer = emit(daemon, eve, 1)
        assert answer.status in {400, 403}
        assert answer.body["code"] in {"SIGNATURE_INVALID", "KEY_UNKNOWN"}
        assert emit(daemon, ann, 2).status == 201
        assert emit(daemon, eve, 3).status in {400, 403}


def test_a_document_that_lists_no_key_that_is_pinned_is_not_believed(
    site: Site, ann: Identity, tmp_path: Path
) -> None:
    """A site that was taken over cannot put its own key in the place of the actor's."""
    with LocalDaemon(did_web_hosts=(site.host,)) as daemon:
        assert emit(daemon, ann, 1).status == 201
        Identity.generate(tmp_path / "eve.pem")
        eve = Identity.federated(site.did, tmp_path / "eve.pem")
        assert eve.public_key is not None
        site.publish(eve.public_key)
        answer = emit(daemon, eve, 2)
        assert (answer.status, answer.body["code"]) == (400, "SIGNATURE_INVALID"), answer
        assert site.reads == 2


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 0, 2)])
def test_a_batch_is_answered_once_its_actors_documents_were_read(
    site: Site, ann: Identity, tmp_path: Path, order: tuple[int, ...]
) -> None:
    """Documents are fetched once; who has none is refused, and every other record is new, in its place."""
    Identity.generate(tmp_path / "gone.pem")
    gone = Identity.federated("did:web:127.0.0.1%3A9", tmp_path / "gone.pem")
    plain = build_record(act="KNOW", actor="did:a", kind="a.b.c", body={}, thread="t", clock=1).wire
    records = [signed(ann, 1), signed(gone, 2), dict(plain)]
    body = "\n".join(json.dumps(records[place]) for place in order).encode()
    with LocalDaemon(did_web_hosts=(site.host,)) as daemon, Connection(daemon.url) as connection:
        lines = {"content-type": "application/x-ndjson"}
        answer = connection.request("POST", "/v1/records/batch", body, lines).body
        assert [each["status"] for each in answer["data"]] == [403 if place == 1 else 201 for place in order]
        assert (answer["created"], answer["refused"], site.reads) == (2, 1, 1)
        again = connection.request("POST", "/v1/records/batch", body, lines).body
        assert (again["known"], again["refused"], site.reads) == (2, 1, 1)
