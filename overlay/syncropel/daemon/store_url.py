"""The URL of a store: where the records are kept, read from the text that is given to `--store`.

The URL of a PostgreSQL database may hold a password. What is shown, logged, written down or put on a command
line is `StoreLocation.url`, which never does; the whole of it is kept for whoever connects.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

from ..rules.token_shapes import REDACTED
from .errors import DaemonError

MEMORY_URL = "memory:"
DEFAULT_SCHEMA = "syncropel"
_SQLITE_PREFIX = "sqlite:///"
_POSTGRES_FORM = "postgresql://[USER[:PASSWORD]@]HOST[:PORT]/DATABASE"
_STORE_FORMS = (
    f"give {_SQLITE_PREFIX}PATH (absolute: {_SQLITE_PREFIX}/PATH), {_POSTGRES_FORM} or {MEMORY_URL}"
)
_HOST = r"(?:\[[0-9A-Fa-f:.%]+\]|[^@/?:,\[\]]*)(?::[0-9]*)?"
_POSTGRES = re.compile(
    r"postgres(?:ql)?://(?:(?P<user>[^@/?:]*)(?P<password>:[^@/?]*)?@)?"
    rf"(?P<where>{_HOST}(?:,{_HOST})*(?:/[^@/?]*)?)(?:\?(?P<options>(?:[a-z_]+=[^@&]*(?:&|\Z))*))?",
    re.ASCII,
)
_UNESCAPED = re.compile(r"[\x00-\x20\x7f#]|%(?![0-9A-Fa-f]{2})")
_SCHEMA = re.compile(r"(?!pg_)[a-z_][a-z0-9_]{0,62}")
_SECRET_OPTIONS = frozenset({"password", "sslpassword"})
_PLACE_OPTIONS = frozenset({"host", "hostaddr", "port", "dbname", "service"})


@dataclass(frozen=True)
class Database:
    """A PostgreSQL database, and the schema in it.

    Attributes:
        url: The URL without its password, as it may be shown.
        schema: The schema that holds the tables.
        conninfo: What `psycopg.connect` takes, with the password. Never shown.
    """

    url: str
    schema: str
    # A location is compared and printed as part of the settings: a password has no place in either.
    conninfo: str = field(repr=False)
    _secrets: tuple[str, ...] = field(repr=False, default=())

    @property
    def has_secret(self) -> bool:
        """Whether the URL that was given holds a password."""
        return bool(self._secrets)

    @property
    def secrets(self) -> tuple[str, ...]:
        """The passwords in the URL, as they were written and as they are meant. Never shown."""
        return self._secrets

    @property
    def given(self) -> str:
        """The whole URL, with the schema and the password: what leads here again. Never shown."""
        if self.schema == DEFAULT_SCHEMA:
            return self.conninfo
        return f"{self.conninfo}{'&' if '?' in self.conninfo else '?'}schema={self.schema}"

    @property
    def mark(self) -> str:
        """A short name for the files of this store's daemons on this machine; who connects plays no part."""
        where, _, options = self.url.rpartition("@")[2].removeprefix("postgresql://").partition("?")
        places = sorted(each for each in options.split("&") if each.partition("=")[0] in _PLACE_OPTIONS)
        text = " ".join((where, self.schema, *places))
        return f"postgresql-{hashlib.sha256(text.encode()).hexdigest()[:16]}"

    def hide(self, text: str) -> str:
        """Take what is secret out of a text, such as a message of the driver."""
        for secret in sorted((self.conninfo, *self._secrets), key=len, reverse=True):
            text = text.replace(secret, self.url if secret == self.conninfo else REDACTED)
        return text


@dataclass(frozen=True)
class StoreLocation:
    """Where the records are kept; neither member is set for a store in memory.

    Attributes:
        path: The database file, absolute.
        database: The database of a server, which other daemons may serve, too.
    """

    path: Path | None = None
    database: Database | None = None

    @property
    def durable(self) -> bool:
        """Whether the records are there after the daemon has ended."""
        return self.path is not None or self.database is not None

    @property
    def url(self) -> str:
        """The location as it is given to `--store`; without the password, if it has one."""
        if self.database is not None:
            return self.database.url
        return MEMORY_URL if self.path is None else f"{_SQLITE_PREFIX}{self.path}"

    def __str__(self) -> str:
        return self.url


def parse_store(text: str) -> StoreLocation:
    """Read a store's URL.

    Args:
        text: `memory:`; or `sqlite:///PATH`: what follows the third slash is the path, so an absolute one
            begins with a fourth; a relative one is taken from the current folder, `~` is the home folder; or
            `postgresql://[USER[:PASSWORD]@]HOST[:PORT]/DATABASE[?OPTIONS]` as libpq takes it, with `schema`
            as one more option (default `syncropel`). What is left out is found as libpq finds it, in
            `PGPASSWORD` or `~/.pgpass` for example.

    Raises:
        DaemonError: It has none of the forms, or names no file. The message never holds a password.
    """
    if text == MEMORY_URL:
        return StoreLocation()
    if text.startswith(("postgresql:", "postgres:")):
        return StoreLocation(database=_database(text))
    if not text.startswith(_SQLITE_PREFIX):
        raise DaemonError(f"store {_without_password(text)!r} is not understood: {_STORE_FORMS}")
    name = text[len(_SQLITE_PREFIX) :]
    if not name or "\0" in name:
        raise DaemonError(f"store {text!r} names no file: {_STORE_FORMS}")
    try:
        path = Path(name).expanduser()
    except RuntimeError as error:
        raise DaemonError(f"store {text!r} cannot be resolved ({error}): {_STORE_FORMS}") from error
    return StoreLocation(path.resolve())


def _database(text: str) -> Database:
    found = _POSTGRES.fullmatch(text)
    if found is None or _UNESCAPED.search(text):
        # Not shown at all: where the form is wrong, nobody knows which part is the password.
        raise DaemonError(
            f"the PostgreSQL URL of the store is not understood: give {_POSTGRES_FORM}, where a name or a "
            "password has / @ : ? # % and spaces percent-encoded (%2F %40 %3A %3F %23 %25 %20)"
        )
    password = found["password"] or ""
    written = [each for each in (found["options"] or "").split("&") if each]
    options = [(each, *each.partition("=")[::2]) for each in written]
    schema = next((unquote(value) for _, name, value in options if name == "schema"), DEFAULT_SCHEMA)
    if not _SCHEMA.fullmatch(schema):
        raise DaemonError(
            f"schema {schema[:80]!r} in the store's URL cannot be one: give 1 to 63 of a-z, 0-9 and _, and "
            "begin with neither a digit nor pg_"
        )
    kept = [each for each, name, _ in options if name != "schema"]
    shown = [each for each, name, _ in options if name not in _SECRET_OPTIONS and name != "schema"]
    if schema != DEFAULT_SCHEMA:
        shown.append(f"schema={schema}")
    user = "" if found["user"] is None else found["user"]
    secrets = [password[1:], *(value for _, name, value in options if name in _SECRET_OPTIONS)]
    forms = dict.fromkeys(form for each in secrets for form in (each, unquote(each)) if form)
    return Database(
        url=_joined(f"{user}@" if user else "", found["where"], shown),
        schema=schema,
        conninfo=_joined(f"{user}{password}@" if user or password else "", found["where"], kept),
        _secrets=tuple(forms),
    )


def _joined(who: str, where: str, options: list[str]) -> str:
    return f"postgresql://{who}{where}{'?' if options else ''}{'&'.join(options)}"


def _without_password(text: str) -> str:
    """Return a URL of an unknown kind without what may be a password."""
    scheme, separator, rest = text.partition("://")
    return f"{scheme}{separator}{REDACTED}@{rest.rpartition('@')[2]}" if separator and "@" in rest else text
