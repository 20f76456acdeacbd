"""Namespaces: list, register, open or close one. And the presets of scopes, which are the same for all."""

from __future__ import annotations

from ...rules import limits
from ...rules.scopes import DEFAULT_NAMESPACE, PRESETS, ancestors
from ..access import audit
from ..access.bodies import Body, wrong
from ..access.making import check_namespace_lives, check_reach
from ..access.namespaces import Namespace, all_namespaces, find_namespace, put_namespace
from ..messages import Reply
from ..operations import Answer, Call, Context, Operation
from ..refusals import Refusal
from ..store.base import Transaction, Work


def list_presets(_context: Context, _call: Call) -> Reply:
    """List the names for scopes that go together."""
    data = [{"name": name, "scopes": list(scopes)} for name, scopes in PRESETS.items()]
    return Reply(200, {"object": "list", "data": data})


def list_namespaces(_context: Context, call: Call) -> Work[Reply]:
    """List the namespaces that the caller reaches, active or not."""

    def work(transaction: Transaction) -> Reply:
        data = [each.row for each in all_namespaces(transaction) if call.caller.covers(each.id)]
        return Reply(200, {"object": "list", "data": data})

    return work


def create_namespace(_context: Context, call: Call) -> Work[Answer]:
    """Check a namespace; the work registers it below one that lives."""
    caller, body = call.caller, Body(call.body, ("id", "require_signatures"))
    namespace = Namespace(body.namespace("id"), True, body.flag("require_signatures", False), int(call.now))
    check_reach(caller, namespace.id, "$.id")

    def work(transaction: Transaction) -> Answer:
        try:
            if find_namespace(transaction, namespace.id) is not None:
                raise Refusal("NAMESPACE_EXISTS", f"the namespace {namespace.id!r} is registered already")
            above = ancestors(namespace.id)
            if above:
                check_namespace_lives(transaction, above[-1])
            if len(all_namespaces(transaction)) >= limits.MAX_NAMESPACES:
                raise wrong("$.id", f"there are {limits.MAX_NAMESPACES} namespaces, and no more can be made")
        except Refusal as refusal:
            return refusal
        put_namespace(transaction, namespace)
        audit.note_namespace(transaction, "created", namespace, caller, call.now)
        return Reply(201, namespace.row)

    return work


def update_namespace(_context: Context, call: Call) -> Work[Answer]:
    """Check what shall change; the work changes it."""
    name, caller, body = (
        call.path["namespace"],
        call.caller,
        Body(call.body, ("active", "require_signatures")),
    )
    if not body.has("active") and not body.has("require_signatures"):
        raise wrong("$", "says nothing to change; give active or require_signatures")
    body.flag("active", True)
    body.flag("require_signatures", True)
    if name == DEFAULT_NAMESPACE and caller.covers(name):
        raise wrong(
            "$",
            "the namespace 'default' is always active; spl serve --require-signatures is for every record",
        )

    def work(transaction: Transaction) -> Answer:
        found = find_namespace(transaction, name)
        if found is None or not caller.covers(name):
            return Refusal("NAMESPACE_NOT_FOUND", f"there is no namespace {name[:80]!r}")
        changed = found._replace(
            active=body.flag("active", found.active),
            require_signatures=body.flag("require_signatures", found.require_signatures),
        )
        if changed != found:
            put_namespace(transaction, changed)
            audit.note_namespace(transaction, "updated", changed, caller, call.now)
        return Reply(200, changed.row)

    return work


OPERATIONS: dict[str, Operation] = {
    "listScopePresets": Operation(list_presets),
    "listNamespaces": Operation(list_namespaces),
    "createNamespace": Operation(create_namespace, writes=True, has_body=True, changes_access=True),
    "updateNamespace": Operation(update_namespace, writes=True, has_body=True, changes_access=True),
}
