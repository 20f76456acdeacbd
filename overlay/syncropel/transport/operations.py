"""The calls of the record families: our arguments to what the generated `request(...)` builds.

The only place that touches generated code on the way out; None means "not given" here and is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from syncropel_generated.api.records import (
    emit_record,
    get_record,
    list_records,
    query_records,
    search_records,
)
from syncropel_generated.api.system import get_health
from syncropel_generated.api.threads import (
    get_thread_state,
    list_thread_participants,
    list_thread_records,
    list_threads,
    watch_thread,
)
from syncropel_generated.types import UNSET

Call = dict[str, Any]

# The two calls that carry records, with their bodies as bytes. Constants, so that what goes around a body can
# be prepared once.
EMIT_RECORD: Call = {"method": "POST", "url": "/v1/records"}
EMIT_RECORDS: Call = {"method": "POST", "url": "/v1/records/batch"}
CAPABILITIES: Call = {"method": "GET", "url": "/v1/capabilities"}
NDJSON_TYPE = b"application/x-ndjson"

parse_threads = list_threads.parse
parse_thread_state = get_thread_state.parse
parse_participants = list_thread_participants.parse


def emit_record_call(wire: dict[str, Any]) -> Call:
    """POST one record."""
    return emit_record.request(body=wire)


def get_record_call(record_id: str) -> Call:
    """GET one record."""
    return get_record.request(record_id)


def list_records_call(**parameters: Any) -> Call:
    """GET records by thread, actor, kind or clock."""
    return list_records.request(**unset(parameters))


def query_records_call(**fields: Any) -> Call:
    """POST a rich query."""
    return query_records.request(body=given(fields))


def search_records_call(**fields: Any) -> Call:
    """POST a semantic search."""
    return search_records.request(body=given(fields))


def health_call() -> Call:
    """GET the health of the server."""
    return get_health.request()


def list_threads_call(**parameters: Any) -> Call:
    """GET summaries of threads."""
    return list_threads.request(**unset(parameters))


def list_thread_records_call(thread: str, **parameters: Any) -> Call:
    """GET the records of one thread."""
    return list_thread_records.request(thread, **unset(parameters))


def thread_state_call(thread: str) -> Call:
    """GET the folded state of a thread."""
    return get_thread_state.request(thread)


def participants_call(thread: str) -> Call:
    """GET the participants of a thread."""
    return list_thread_participants.request(thread)


def watch_thread_call(thread: str, **parameters: Any) -> Call:
    """GET the live stream of a thread."""
    return watch_thread.request(thread, **unset(parameters))


def unset(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return query parameters with None as "absent", so that the server's own default holds."""
    return {name: UNSET if value is None else value for name, value in parameters.items()}


def given(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments that were given, without those that are None."""
    return {name: value for name, value in arguments.items() if value is not None}
