"""Data classes without `dataclasses`, which takes a sixth of a short program's start (it loads `inspect`).

The same words mean the same: fields, defaults, `frozen`, equality, `repr`. Who asks `dataclasses` about such
a class, `asdict` for instance, is told what it would have found; only then is it loaded.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass, field, replace

    __all__ = ["dataclass", "field", "replace"]

_MISSING: Any = object()


class _Field:
    """What `field` was told."""

    def __init__(self, default: Any, factory: Any, *, shown: bool, compared: bool) -> None:
        self.default = default
        self.factory = factory
        self.shown = shown
        self.compared = compared


class _Plan:
    """What a class is made of, and the methods that follow from it."""

    def __init__(self, cls: type, *, frozen: bool) -> None:
        self.frozen = frozen
        self.fields: dict[str, _Field] = {}
        for base in reversed(cls.__mro__):
            plan = base.__dict__.get("_plan")
            self.fields |= plan.fields if isinstance(plan, _Plan) else {}
        for name, annotation in cls.__annotations__.items():
            if annotation.startswith("ClassVar"):
                continue
            given = cls.__dict__.get(name, _MISSING)
            if not isinstance(given, _Field):
                given = _Field(given, _MISSING, shown=True, compared=True)
            elif given.default is _MISSING:
                delattr(cls, name)
            else:
                setattr(cls, name, given.default)
            self.fields[name] = given

    def initialiser(self) -> Callable[..., None]:
        """Return `__init__`: compiled, because it runs for every record."""
        parameters, body, names = ["self"], ["values = self.__dict__"], {}
        for name, each in self.fields.items():
            optional = each.default is not _MISSING or each.factory is not _MISSING
            names[f"_{name}"] = each.default if each.factory is _MISSING else _MISSING
            parameters.append(f"{name}=_{name}" if optional else name)
            value = name if each.factory is _MISSING else f"make_{name}() if {name} is _{name} else {name}"
            names[f"make_{name}"] = each.factory
            body.append(f"values[{name!r}] = {value}")
        made: dict[str, Any] = {}
        exec(f"def __init__({', '.join(parameters)}): {'; '.join(body)}", names, made)  # noqa: S102 - our own names
        initialiser: Callable[..., None] = made["__init__"]
        return initialiser

    def compared(self, value: Any) -> tuple[Any, ...]:
        """Return what makes a value equal to another one."""
        return tuple(getattr(value, name) for name, each in self.fields.items() if each.compared)


class _Told:
    """What `dataclasses` looks for on a class: worked out by it when it asks."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, instance: object, owner: Any) -> Any:
        import dataclasses

        fields = []
        for name, each in owner._plan.fields.items():
            options: dict[str, Any] = {"repr": each.shown, "compare": each.compared}
            if each.default is not _MISSING:
                options["default"] = each.default
            if each.factory is not _MISSING:
                options["default_factory"] = each.factory
            fields.append((name, Any, dataclasses.field(**options)))
        twin = dataclasses.make_dataclass(owner.__name__, fields, frozen=owner._plan.frozen)
        return getattr(twin, self._name)


def _made(cls: Any, *, frozen: bool) -> Any:
    plan = cls._plan = _Plan(cls, frozen=frozen)
    cls.__init__ = plan.initialiser()
    setattr(cls, "__match_args__", tuple(plan.fields))  # noqa: B010 - type checkers forbid it
    cls.__repr__ = _repr
    cls.__eq__ = _eq
    cls.__hash__ = _hash if frozen else None
    if frozen:
        cls.__setattr__ = cls.__delattr__ = _refuse
    cls.__dataclass_fields__ = _Told("__dataclass_fields__")
    cls.__dataclass_params__ = _Told("__dataclass_params__")
    return cls


def _repr(self: Any) -> str:
    plan: _Plan = self._plan
    shown = [f"{name}={getattr(self, name)!r}" for name, each in plan.fields.items() if each.shown]
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _eq(self: Any, other: object) -> Any:
    plan: _Plan = self._plan
    return plan.compared(self) == plan.compared(other) if type(other) is type(self) else NotImplemented


def _hash(self: Any) -> int:
    return hash(self._plan.compared(self))


def _refuse(self: object, name: str, value: object = None) -> None:  # noqa: ARG001
    from dataclasses import FrozenInstanceError

    raise FrozenInstanceError(f"cannot change field {name!r}")


if not TYPE_CHECKING:

    def dataclass(cls: Any = None, *, frozen: bool = False) -> Any:
        """Make a data class, as `dataclasses.dataclass`."""
        return _made(cls, frozen=frozen) if cls is not None else lambda cls: _made(cls, frozen=frozen)

    def field(
        *,
        default: Any = _MISSING,
        default_factory: Any = _MISSING,
        repr: bool = True,  # noqa: A002 - the name it has there
        compare: bool = True,
    ) -> Any:
        """Say more about a field, as `dataclasses.field`."""
        return _Field(default, default_factory, shown=repr, compared=compare)

    def replace(value: Any, **changes: Any) -> Any:
        """Return a copy with some fields changed, as `dataclasses.replace`."""
        return type(value)(**{name: getattr(value, name) for name in value._plan.fields} | changes)
