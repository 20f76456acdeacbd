"""The calls of the record families: our arguments to what the generated `request(...)` builds.

The only place that touches generated code on the way out; None means "not given" here and is left out.
The generated modules are loaded one by one when they are used: an emit needs none of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx

Call = dict[str, Any]

# The two calls that carry records, with their bodies as bytes. Constants, so that what goes around a body can
# be prepared once.
EMIT_RECORD: Call = {"method": "POST", "url": "/v1/records"}
EMIT_RECORDS: Call = {"method": "POST", "url": "/v1/records/batch"}
CAPABILITIES: Call = {"method": "GET", "url": "/v1/capabilities"}
NDJSON_TYPE = b"application/x-ndjson"


def parse_threads(response: httpx.Response) -> Any:
    """Read an answer of `list_threads`."""
    from syncropel_generated.api.threads import list_threads

    return list_threads.parse(response)


def parse_thread_state(response: httpx.Response) -> Any:
    """Read an answer of `get_thread_state`."""
    from syncropel_generated.api.threads import get_thread_state

    return get_thread_state.parse(response)


def parse_participants(response: httpx.Response) -> Any:
    """Read an answer of `list_thread_participants`."""
    from syncropel_generated.api.threads import list_thread_participants

    return list_thread_participants.parse(response)


def emit_record_call(wire: dict[str, Any]) -> Call:
    """POST one record."""
    from syncropel_generated.api.records import emit_record

    return emit_record.request(body=wire)


def get_record_call(record_id: str) -> Call:
    """GET one record."""
    from syncropel_generated.api.records import get_record

    return get_record.request(record_id)


def list_records_call(**parameters: Any) -> Call:
    """GET records by thread, actor, kind or clock."""
    from syncropel_generated.api.records import list_records

    return list_records.request(**unset(parameters))


def query_records_call(**fields: Any) -> Call:
    """POST a rich query."""
    from syncropel_generated.api.records import query_records

    return query_records.request(body=given(fields))


def search_records_call(**fields: Any) -> Call:
    """POST a semantic search."""
    from syncropel_generated.api.records import search_records

    return search_records.request(body=given(fields))


def health_call() -> Call:
    """GET the health of the server."""
    from syncropel_generated.api.system import get_health

    return get_health.request()


def list_threads_call(**parameters: Any) -> Call:
    """GET summaries of threads."""
    from syncropel_generated.api.threads import list_threads

    return list_threads.request(**unset(parameters))


def list_thread_records_call(thread: str, **parameters: Any) -> Call:
    """GET the records of one thread."""
    from syncropel_generated.api.threads import list_thread_records

    return list_thread_records.request(thread, **unset(parameters))


def thread_state_call(thread: str) -> Call:
    """GET the folded state of a thread."""
    from syncropel_generated.api.threads import get_thread_state

    return get_thread_state.request(thread)


def participants_call(thread: str) -> Call:
    """GET the participants of a thread."""
    from syncropel_generated.api.threads import list_thread_participants

    return list_thread_participants.request(thread)


def watch_thread_call(thread: str, **parameters: Any) -> Call:
    """GET the live stream of a thread."""
    from syncropel_generated.api.threads import watch_thread

    return watch_thread.request(thread, **unset(parameters))


def unset(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return query parameters with None as "absent", so that the server's own default holds."""
    from syncropel_generated.types import UNSET

    return {name: UNSET if value is None else value for name, value in parameters.items()}


def given(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments that were given, without those that are None."""
    return {name: value for name, value in arguments.items() if value is not None}
