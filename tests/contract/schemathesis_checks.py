"""Checks that schemathesis runs on every answer, stricter than its own where the contract says more.

Loaded by the schemathesis process, not by pytest.
"""

from __future__ import annotations

import json
from typing import Any

import schemathesis
from jsonschema import Draft202012Validator

# What a made-up signature meets; and a namespace, which has to be registered first.
UNSIGNED = {"SIGNATURE_INVALID", "KEY_UNKNOWN", "DID_CLAIM_DENIED", "NAMESPACE_REJECTED"}

_NO_DELIVERY = {"QUEUE_NOT_FOUND", "MESSAGE_NOT_FOUND"}

# Well-formed requests that the daemon may still refuse, because JSON Schema cannot say what else must hold.
SEMANTIC_REFUSALS = {
    "emitRecord": {"INGEST_FAILED", "INVALID_RECORD", "INVALID_JSON", "BODY_TOO_LARGE", *UNSIGNED},
    "emitRecords": {"BATCH_REFUSED", "INVALID_JSON"},
    "listRecords": {"INVALID_QUERY", "MISSING_FILTER"},
    "listThreads": {"INVALID_QUERY"},
    "listThreadRecords": {"INVALID_QUERY"},
    "queryRecords": {"INVALID_QUERY", "AGGREGATION_CAP_EXCEEDED"},
    "searchRecords": {"EMPTY_QUERY", "SEMANTIC_SEARCH_DISABLED"},
    "getRecord": {"RECORD_NOT_FOUND"},
    "getThread": {"THREAD_NOT_FOUND"},
    "getThreadState": {"THREAD_NOT_FOUND"},
    "listThreadParticipants": {"THREAD_NOT_FOUND"},
    "projectThread": {"THREAD_NOT_FOUND"},
    "listActors": {"INVALID_PARAMETER"},
    "registerActor": {"INVALID_ACTOR", "INVALID_JSON"},
    "lookupActor": {"ACTOR_NOT_FOUND"},
    "listTrust": {"INVALID_QUERY"},
    "listDecisions": {"INVALID_QUERY"},
    "listAitl": {"INVALID_QUERY"},
    "decide": {"DECISION_NOT_FOUND", "DECISION_RESOLVED", "INVALID_DECISION", "INVALID_JSON", *UNSIGNED},
    "decideAitl": {"DECISION_NOT_FOUND", "DECISION_RESOLVED", "INVALID_DECISION", "INVALID_JSON", *UNSIGNED},
    "watchInbound": {"ACTOR_NOT_FOUND"},
    "bootstrapServiceAccount": {"BOOTSTRAP_CLOSED", "INVALID_ACCESS", "INVALID_JSON", "NAMESPACE_REJECTED"},
    "createServiceAccount": {"INVALID_ACCESS", "INVALID_JSON", "NAMESPACE_REJECTED"},
    "revokeServiceAccount": {"ACCOUNT_NOT_FOUND"},
    "rotateServiceAccountKey": {"ACCOUNT_NOT_FOUND", "ACCOUNT_REVOKED"},
    "listTokens": {"INVALID_QUERY"},
    "createToken": {"ACCOUNT_NOT_FOUND", "ACCOUNT_REVOKED", "INVALID_ACCESS", "INVALID_JSON"},
    "revokeToken": {"TOKEN_NOT_FOUND"},
    "rotateToken": {"ROTATE_NOT_SELF"},
    "createNamespace": {"NAMESPACE_EXISTS", "NAMESPACE_REJECTED"},
    "updateNamespace": {"NAMESPACE_NOT_FOUND", "INVALID_ACCESS"},
    "getIdentityKeys": {"INVALID_PARAMETER"},
    "forgetIdentityKeys": {"INVALID_PARAMETER"},
    # Keys and names hold no control characters, a value is of limited size in bytes.
    "kvSet": {"INVALID_KEY", "INVALID_FIELD", "INVALID_TTL", "INVALID_JSON"},
    "kvAppend": {"INVALID_KEY", "INVALID_FIELD", "INVALID_JSON", "VALUE_TOO_LARGE"},
    "kvSetRange": {"INVALID_KEY", "INVALID_FIELD", "INVALID_JSON", "VALUE_TOO_LARGE"},
    "kvGetSet": {"INVALID_KEY", "INVALID_FIELD", "INVALID_JSON"},
    "kvGetRange": {"INVALID_KEY"},
    "kvLength": {"INVALID_KEY"},
    "kvSetNew": {"INVALID_KEY", "INVALID_FIELD", "INVALID_TTL", "INVALID_JSON"},
    "kvGet": {"INVALID_KEY"},
    "kvDelete": {"INVALID_KEY"},
    "queueCreate": {"INVALID_NAME", "INVALID_FIELD"},
    "queueDelete": {"INVALID_NAME"},
    "queuePublish": {"INVALID_NAME", "INVALID_FIELD", "INVALID_JSON", "QUEUE_NOT_FOUND", "QUEUE_FULL"},
    "queueConsume": {"INVALID_NAME"},
    "queueAck": {"INVALID_NAME", "INVALID_FIELD", *_NO_DELIVERY},
    "queueNack": {"INVALID_NAME", "INVALID_FIELD", *_NO_DELIVERY},
    "queueExtend": {"INVALID_NAME", "INVALID_FIELD", *_NO_DELIVERY},
    "queueStats": {"INVALID_NAME", "QUEUE_NOT_FOUND"},
    "queuePurge": {"INVALID_NAME", "QUEUE_NOT_FOUND"},
    "queueDeadLetters": {"INVALID_NAME", "INVALID_PARAMETER", "QUEUE_NOT_FOUND"},
    "queueRedrive": {"INVALID_NAME", "QUEUE_NOT_FOUND"},
    "streamCreate": {"INVALID_NAME", "INVALID_FIELD", "ROOM_EXISTS"},
    "streamEnsure": {"INVALID_NAME", "INVALID_FIELD"},
    "streamDelete": {"INVALID_NAME", "ROOM_NOT_FOUND"},
    "streamPublish": {"INVALID_NAME", "INVALID_FIELD", "INVALID_JSON", "ROOM_NOT_FOUND"},
    "streamConsume": {"INVALID_NAME", "INVALID_PARAMETER", "ROOM_NOT_FOUND", "OFFSET_OUT_OF_RANGE"},
    "streamStats": {"INVALID_NAME", "ROOM_NOT_FOUND"},
    "pubsubPublish": {"TOPIC_INVALID", "INVALID_FIELD", "INVALID_JSON"},
    "pubsubInfo": {"TOPIC_INVALID", "TOPIC_NOT_FOUND"},
    "pubsubSubscribe": {"INVALID_NAME", "TOPIC_INVALID"},
    "pubsubUnsubscribe": {"INVALID_NAME", "TOPIC_INVALID"},
    "pubsubWatch": {"TOPIC_INVALID", "UPGRADE_REQUIRED"},
    "runCommand": {"INVALID_JSON"},
}


def code_of(refusal: dict[str, Any]) -> Any:
    """Return the code of a refusal, which stands elsewhere on the routes that speak as Synap does."""
    return refusal.get("error_code", refusal["code"])


@schemathesis.check
def listed_status_and_code(ctx: Any, response: Any, case: Any) -> None:
    """The operation lists the status of every answer, and the error code among those of that status."""
    document = case.operation.schema.raw_schema
    operation = document["paths"][case.path].get(case.method.lower())
    if operation is None:
        return
    status = str(response.status_code)
    assert status in operation["responses"], f"status {status} is not listed: {response.text[:200]}"
    listed = operation["responses"][status]
    reference = listed.get("$ref")
    if reference is not None:
        listed = document["components"]["responses"][reference.rpartition("/")[2]]
    codes = listed.get("x-error-codes")
    if codes:
        assert code_of(response.json()) in codes, f"code of {status} is not listed: {response.text[:200]}"


@schemathesis.check
def valid_requests_are_served(ctx: Any, response: Any, case: Any) -> None:
    """A request that fits the contract is refused only for a reason that schemas cannot express."""
    if case.meta is None or not case.meta.generation.mode.is_positive or response.status_code < 400:
        return
    id_ = case.operation.schema.raw_schema["paths"][case.path][case.method.lower()]["operationId"]
    assert code_of(response.json()) in SEMANTIC_REFUSALS.get(id_, ()), response.text[:300]


@schemathesis.check
def every_record_is_answered(ctx: Any, response: Any, case: Any) -> None:
    """A batch that is taken answers each of its records, and refuses those that do not fit."""
    if case.operation.path != "/v1/records/batch" or response.status_code != 200:
        return
    answer = response.json()
    items = answer["data"]
    assert answer["created"] + answer["known"] + answer["refused"] == len(items)
    assert [item["status"] for item in items].count(201) == answer["created"]
    if isinstance(case.body, list):
        assert len(items) == len(case.body), response.text[:300]
        schema = {**case.operation.schema.raw_schema, "$ref": "#/components/schemas/RecordInput"}
        fits = Draft202012Validator(schema).is_valid
        for value, item in zip(case.body, items, strict=True):
            assert fits(value) or item["object"] == "error", value


@schemathesis.serializer("application/x-ndjson")
def as_lines(ctx: Any, value: Any) -> bytes:
    """Send a text as it is, and anything else as one line of JSON."""
    return (value if isinstance(value, str) else json.dumps(value)).encode("utf-8", "surrogatepass")
