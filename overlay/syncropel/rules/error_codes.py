"""The error table: every code the daemon answers with, its status, and the way out.

The one source of codes: the kernel takes the status from here, the contract and the documents are tested
against it. Codes marked attested come from the published API's documents; the others fill its gaps.
"""

from __future__ import annotations

from typing import NamedTuple


class ErrorCode(NamedTuple):
    """One row of the table.

    Attributes:
        status: HTTP status of the answer.
        meaning: What went wrong.
        remedy: What the caller can do about it.
    """

    status: int
    meaning: str
    remedy: str


ERROR_CODES: dict[str, ErrorCode] = {
    "INVALID_REQUEST": ErrorCode(
        400,
        "The bytes are not an HTTP request, or its head is larger than the limit.",
        "Speak HTTP/1.1 to this port, with fewer or shorter headers.",
    ),
    "INVALID_JSON": ErrorCode(
        400,
        "The body is not JSON: bad syntax, a repeated key, NaN or Infinity, a lone surrogate, too deep.",
        "Send strict JSON; the message names the place.",
    ),
    "INVALID_RECORD": ErrorCode(
        400,
        "A field of the record is missing or has a wrong value.",
        "Mend the field that the message names.",
    ),
    "INVALID_PARAMETER": ErrorCode(
        400, "A path or query parameter has a wrong value.", "Mend the parameter that the message names."
    ),
    "INVALID_QUERY": ErrorCode(
        400,
        "A filter, sort, selection or cursor is not understood.",
        "Mend the field that the message names.",
    ),
    "MISSING_FILTER": ErrorCode(
        400,
        "A list of records was asked for without any filter.",
        "Give at least one of `thread`, `actor`, `kind` or a clock window.",
    ),
    "EMPTY_QUERY": ErrorCode(400, "The text to search for is blank.", "Send a `query` with some text."),
    "INGEST_FAILED": ErrorCode(
        400,
        "The record contradicts one that is stored: the actor used this clock on this thread already.",
        "Take a higher clock; the message starts with `DuplicateClock`.",
    ),
    "BATCH_REFUSED": ErrorCode(
        400,
        "The batch is atomic and one of its records is refused; nothing was stored.",
        "Mend or leave out the records that `refused` names, or send the batch without `atomic`.",
    ),
    "INVALID_ACTOR": ErrorCode(
        400,
        "A member of a responder's registration is missing or has a wrong value.",
        "Mend the member that the message names.",
    ),
    "INVALID_DECISION": ErrorCode(
        400,
        "A member of a decision is missing or has a wrong value.",
        "Mend the member that the message names.",
    ),
    "INVALID_ACCESS": ErrorCode(
        400,
        "A member of a service account, a token or a namespace is missing or has a wrong value.",
        "Mend the member that the message names.",
    ),
    "SIGNATURE_INVALID": ErrorCode(
        400,
        "The signature of a record is not one of this very record by a key of its actor.",
        "Sign the id of the record as it is sent, with the key that its actor signs with now.",
    ),
    "SIGNATURE_REQUIRED": ErrorCode(
        400,
        "The record has no signature, and its actor, its namespace or the daemon asks for one.",
        "Emit with an identity that signs: `Identity.key(...)`, or `spl --identity-key PATH`.",
    ),
    "UNKNOWN_COMMAND": ErrorCode(
        400,
        "The daemon has no command of this name.",
        "Use one that the contract lists under `x-commands` of `runCommand`.",
    ),
    "INVALID_COMMAND": ErrorCode(
        400,
        "A member of a command's payload is missing or has a wrong value.",
        "Mend the member that the message names.",
    ),
    "INVALID_KEY": ErrorCode(
        400,
        "A key is empty, too long, or holds U+0000 or a lone surrogate.",
        "Use 1 to 1,024 bytes of UTF-8.",
    ),
    "INVALID_TTL": ErrorCode(
        400,
        "A time to live is negative, no number, or too large.",
        "Give the seconds that the key shall live; leave it out for a key that stays.",
    ),
    "NOT_AN_INTEGER": ErrorCode(
        400,
        "The value that is to be counted up or down is not a decimal integer of 64 bits.",
        "Count on a key of its own, or set it to a number first.",
    ),
    "COUNTER_OVERFLOW": ErrorCode(
        400,
        "The counter would leave the range of a signed 64-bit integer; it stays as it is.",
        "Begin another counter.",
    ),
    "INVALID_PATTERN": ErrorCode(
        400,
        "A pattern of keys is not understood.",
        "Use `*`, `?` and `[...]`, closed and within the length of a key.",
    ),
    "INVALID_NAME": ErrorCode(
        400,
        "The name of a queue, a room, a consumer, a subscriber or an event is empty, too long, or holds a"
        " control character.",
        "Use 1 to 256 bytes of UTF-8.",
    ),
    "KEY_EXISTS": ErrorCode(
        400, "A key of this name exists.", "Choose another one, or say that it is to be replaced."
    ),
    "ROOM_EXISTS": ErrorCode(
        400, "A stream of this name exists.", "Publish to it, or ask for it with `stream.get_or_create`."
    ),
    "ROOM_NOT_FOUND": ErrorCode(
        400, "There is no stream of this name.", "Check the name, or create it with `stream.create`."
    ),
    "OFFSET_OUT_OF_RANGE": ErrorCode(
        400,
        "Events from this offset on are not kept any more.",
        "Read from the earliest offset that the message names.",
    ),
    "TOPIC_INVALID": ErrorCode(
        400,
        "A topic, or a pattern of topics, is empty, too long or not understood.",
        "`*` stands for one level or a part of it, `#` for the rest and is the last level.",
    ),
    "TOPIC_NOT_FOUND": ErrorCode(
        400, "Nobody ever subscribed to exactly this topic.", "See `GET /pubsub/topics` for those that exist."
    ),
    "AUTH_REQUIRED": ErrorCode(
        401,
        "The request has no token, or one that is unknown, expired or revoked.",
        "Send `Authorization: Bearer <token>`; `spl login` keeps one. An administrator mints it.",
    ),
    "ORIGIN_NOT_ALLOWED": ErrorCode(
        403,
        "The `Host` or `Origin` header names another machine: a web page may be behind the request.",
        "Use the daemon's address as it prints it (127.0.0.1, [::1] or localhost).",
    ),
    "SCOPE_FORBIDDEN": ErrorCode(
        403,
        "The token does not allow this, or not in this namespace.",
        "Use a token with the scope that the message names; an administrator mints one.",
    ),
    "DID_CLAIM_DENIED": ErrorCode(
        403,
        "The service account may not act as this actor.",
        "Act as an actor of the account, or have an administrator create one that is allowed this actor.",
    ),
    "NAMESPACE_REJECTED": ErrorCode(
        403,
        "The namespace, or one above it, is not registered or not active.",
        "Register the namespace that the message names, or make it active: `spl namespace`.",
    ),
    "KEY_UNKNOWN": ErrorCode(
        403,
        "The record is signed by an actor whose keys the daemon does not know and cannot read.",
        "Publish the DID document where the daemon can read it, and emit again.",
    ),
    "ROTATE_NOT_SELF": ErrorCode(
        403,
        "A token is rotated by nobody but itself.",
        "Make the request with the token that is to be replaced, or mint one and revoke the other.",
    ),
    "RECORD_NOT_FOUND": ErrorCode(404, "No record has this id.", "Check the id, and the daemon you ask."),
    "THREAD_NOT_FOUND": ErrorCode(
        404, "No record was ever emitted on this thread.", "Check the thread's name."
    ),
    "ACTOR_NOT_FOUND": ErrorCode(
        404, "No responder is registered under this DID.", "See `GET /v1/actors` for those who are."
    ),
    "DECISION_NOT_FOUND": ErrorCode(
        404, "No record of this id awaits a decision.", "See `GET /v1/decisions` for those that do."
    ),
    "ACCOUNT_NOT_FOUND": ErrorCode(
        404,
        "No service account within the reach of the caller has this id.",
        "See `GET /v1/service-accounts` for those that do.",
    ),
    "TOKEN_NOT_FOUND": ErrorCode(
        404,
        "No token within the reach of the caller has this id.",
        "See `GET /v1/tokens` for those that do.",
    ),
    "NAMESPACE_NOT_FOUND": ErrorCode(
        404,
        "No namespace within the reach of the caller has this name.",
        "See `GET /v1/namespaces` for those that do.",
    ),
    "KEY_NOT_FOUND": ErrorCode(404, "No such key, or it has expired.", "Check the key, or set it first."),
    "QUEUE_NOT_FOUND": ErrorCode(
        404, "There is no queue of this name.", "Check the name, or create it with `queue.create`."
    ),
    "MESSAGE_NOT_FOUND": ErrorCode(
        404,
        "No message with this id is in flight: it was resolved, or its deadline has passed.",
        "Take what the queue hands out next; a message whose deadline passed is handed out again.",
    ),
    "ROUTE_NOT_FOUND": ErrorCode(
        404, "The daemon has no such route.", "See `/openapi.json` for what there is."
    ),
    "METHOD_NOT_ALLOWED": ErrorCode(
        405, "The route exists, for other methods.", "Use a method of the `Allow` header."
    ),
    "DECISION_RESOLVED": ErrorCode(
        409, "The decision was taken before.", "Read the record that the message names."
    ),
    "BOOTSTRAP_CLOSED": ErrorCode(
        409,
        "The namespace has its first service account already.",
        "Have an administrator of the namespace create the account.",
    ),
    "NAMESPACE_EXISTS": ErrorCode(
        409,
        "A namespace of this name is registered.",
        "Use it, or take another name.",
    ),
    "ACCOUNT_REVOKED": ErrorCode(
        409,
        "The service account was revoked, which is final.",
        "Create another account.",
    ),
    "CAS_FAILED": ErrorCode(
        409,
        "The key does not hold the value that was expected; it stays as it is.",
        "Read it again, and decide anew.",
    ),
    "VALUE_TOO_LARGE": ErrorCode(
        413,
        "A value, a message or the data of an event is larger than the limit.",
        "Split it, or keep a reference to it.",
    ),
    "BODY_TOO_LARGE": ErrorCode(
        413, "The body is larger than the limit.", "Split it, or keep a reference to it."
    ),
    "BATCH_TOO_LARGE": ErrorCode(
        413,
        "The batch has more records or more bytes than one may have.",
        "Send it in parts, in the same order; `GET /v1/capabilities` names the limits.",
    ),
    "UNSUPPORTED_MEDIA_TYPE": ErrorCode(
        415, "The body's content type is not JSON.", "Send `content-type: application/json`."
    ),
    "AGGREGATION_CAP_EXCEEDED": ErrorCode(
        422,
        "An aggregation reads or returns more than its limit.",
        "Narrow the filter, or group by fewer fields.",
    ),
    "INVALID_FIELD": ErrorCode(
        422,
        "A member of the body is missing or has a wrong value.",
        "Mend the member that the message names.",
    ),
    "UPGRADE_REQUIRED": ErrorCode(
        426,
        "The route speaks WebSocket, and the request does not ask for it.",
        "Connect with a WebSocket client.",
    ),
    "RATE_LIMITED": ErrorCode(
        429,
        "The token made too many requests in too short a time.",
        "Try again after `Retry-After` seconds, or have the limit of the daemon raised.",
    ),
    "INTERNAL": ErrorCode(
        500, "The daemon failed.", "Try again; report the request id with the daemon's log if it stays."
    ),
    "SIGNATURE_UNSUPPORTED": ErrorCode(
        501,
        "The record is signed, and the daemon cannot verify signatures.",
        "Install the daemon with its extra: `pip install 'syncropel[keys]'`.",
    ),
    "WEBSOCKET_UNSUPPORTED": ErrorCode(
        501,
        "The daemon cannot speak WebSocket.",
        "Install the daemon with its extra: `pip install 'syncropel[daemon]'`.",
    ),
    "SEMANTIC_SEARCH_DISABLED": ErrorCode(
        503, "No embedding provider is configured.", "Use a rich query with `$ilike` instead."
    ),
    "STORE_UNAVAILABLE": ErrorCode(
        503, "The store cannot be reached or is closing.", "Try again after `Retry-After` seconds."
    ),
    "SUBSCRIBERS_FULL": ErrorCode(
        503,
        "The daemon holds as many subscribers as it takes.",
        "Unsubscribe those that nobody reads, and try again after `Retry-After` seconds.",
    ),
    "TOO_MANY_CONNECTIONS": ErrorCode(
        503,
        "The daemon holds as many connections as it takes.",
        "Close connections that are idle, and try again after `Retry-After` seconds.",
    ),
    "QUEUE_FULL": ErrorCode(
        507,
        "The queue holds as many ready messages as it may; the message was not taken.",
        "Publish again when some are consumed, or create the queue with a larger `max_depth`.",
    ),
    "STORE_CEILING_REACHED": ErrorCode(
        507, "The disk or the store is full; nothing was stored.", "Free some space and emit again."
    ),
}

_TYPES = {401: "authentication_error", 403: "permission_error", 404: "not_found_error", 409: "conflict_error"}
_TYPES |= {410: "gone_error", 429: "rate_limit_error"}


def error_type(status: int) -> str:
    """Return the `type` member of the error envelope for an HTTP status."""
    if status >= 500:
        return "api_error"
    return _TYPES.get(status, "invalid_request_error")
