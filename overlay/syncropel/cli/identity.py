"""`spl identity new|show|export|rotate`: the keys that sign records."""

from __future__ import annotations

import os
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import ConfigurationError, UsageError
from . import exits
from .app import app
from .secret import new_passphrase
from .session import ENV_IDENTITY_KEY, Session, json_text, load_identity, passphrase_for
from .verbs import group, verb

if TYPE_CHECKING:
    from ..keys.identity import Identity

identities = group(app, "identity", "Keys that sign what you emit: making one, showing it, replacing it.")

KeyFile = Annotated[
    str | None,
    typer.Argument(
        metavar="[FILE]", show_default=False,
        help="Default: --identity-key, SYNCROPEL_IDENTITY_KEY, else identity.pem in your settings folder.",
    ),
]  # fmt: skip
_FORMS = ("multibase", "jwk", "pem", "openssh", "did-document")
Encrypt = Annotated[
    bool,
    typer.Option("--encrypt", help="Encrypt it with a passphrase: asked for, or SYNCROPEL_KEY_PASSPHRASE."),
]


@verb(identities, "new", examples=["spl identity new", "spl identity new ~/keys/work.pem --encrypt"])
def new(
    session: Session,
    file: KeyFile = None,
    encrypt: Encrypt = False,
    force: Annotated[bool, typer.Option("--force", help="Replace a file; its key is lost.")] = False,
) -> None:
    """Make an Ed25519 key in a file that only you can read, and print the DID that it stands for.

    What you emit with it is signed, and anyone can check that nobody altered it. There is no copy of the
    key anywhere: keep the file.
    """
    made = _generate(path := key_file(session, file), encrypt=encrypt, force=force)
    if session.json:
        session.document({**_facts(made), "path": str(path), "encrypted": encrypt})
        return
    session.say(made.actor_did)
    session.say(f"the key is in {path}; to sign with it: export {ENV_IDENTITY_KEY}={quote(str(path))}")


@verb(identities, "show", examples=["spl identity show", "spl identity show ~/keys/work.pem --json"])
def show(session: Session, file: KeyFile = None) -> None:
    """Show what a key file stands for: its DID and its public key. The private key is never shown."""
    path = key_file(session, file)
    held = load_identity(str(path), session.options.did)
    facts = {**_facts(held), "path": str(path), "mode": f"{path.stat().st_mode & 0o777:04o}"}
    if session.json:
        session.document(facts)
        return
    from .tables import fields_table

    session.show(fields_table(facts))


@verb(
    identities,
    "export",
    examples=[
        "spl identity export",
        "spl identity export --format did-document --did did:web:example.com",
        "spl identity export --private --format openssh --output ~/keys/work",
    ],
)
def export(
    session: Session,
    file: KeyFile = None,
    form: Annotated[
        str, typer.Option("--format", metavar="FORM", help=f"{', '.join(_FORMS)}.")
    ] = "multibase",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write it there instead.")
    ] = None,
    private: Annotated[
        bool, typer.Option("--private", help="The private key, into a file: pem, openssh or jwk.")
    ] = False,
    encrypt: Encrypt = False,
) -> None:
    """Print the public key, for others to verify with.

    The document is what a host publishes as /.well-known/did.json, so that its did:web signs with this key.
    With --private the key itself goes into another file in another form; it is never printed.
    """
    path = key_file(session, file)
    held = load_identity(str(path), session.options.did)
    facts = {**_facts(held), "format": form, "output": None if output is None else str(output)}
    if private:
        if output is None:
            raise UsageError("--private: a private key is never printed; name a new file with --output")
        _write_private(path, form, output, encrypt=encrypt)
    else:
        text = _public_text(held, form)
        if output is not None:
            _write_new(output, text)
        elif not session.json:
            print(text, end="")
        facts["text"] = text
    if session.json:
        session.document(facts)
    elif output is not None:
        session.say(f"written to {output}")


def _public_text(held: Identity, form: str) -> str:
    from ..keys.formats import dump_public
    from ..rules.signatures import key_from_multibase

    public = str(held.public_key)
    if form != "did-document":
        if form not in _FORMS:
            raise UsageError(f"--format: {form!r} is none of {', '.join(_FORMS)}")
        return dump_public(key_from_multibase(public), form, comment=held.actor_did).decode()
    did = held.actor_did
    method = {"id": f"{did}#{public}", "type": "Multikey", "controller": did, "publicKeyMultibase": public}
    document = {
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
        "id": did,
        "verificationMethod": [method],
        "assertionMethod": [method["id"]],
    }
    return json_text(document, indent=2) + "\n"


def _write_new(path: Path, text: str) -> None:
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        # It may be the key itself.
        raise ConfigurationError(f"--output: {path} exists and is left as it is; name another file") from None
    except OSError as error:
        raise ConfigurationError(f"--output: cannot write {path}: {error.strerror or error}") from error


def _write_private(path: Path, form: str, output: Path, *, encrypt: bool) -> None:
    from ..keys.files import held_source, write_secret_file
    from ..keys.formats import dump, load

    key = load(held_source(path), passphrase_for(path))
    secret = new_passphrase() if encrypt else None
    write_secret_file(output, dump(key, form if form != "multibase" else "pem", passphrase=secret))


@verb(
    identities,
    "rotate",
    examples=["spl identity rotate --identity-key old.pem new.pem --reason 'a new machine'"],
)
def rotate(
    session: Session,
    new_file: Annotated[str, typer.Argument(metavar="NEW", help="The new key's file; made when missing.")],
    reason: Annotated[str | None, typer.Option("--reason", help="Why.")] = None,
    encrypt: Encrypt = False,
) -> int:
    """Replace your key: the old one signs a record that names the new one, which signs from then on.

    Your DID stays what it is, so with the new file give it too: --did, or SYNCROPEL_DID. What the old key
    signed before stays valid.
    """
    old = session.identity
    if old is None or not old.signs:
        raise UsageError(f"which key is replaced? give --identity-key, or set {ENV_IDENTITY_KEY}")
    path = Path(new_file).expanduser()
    if not path.exists():
        _generate(path, encrypt=encrypt, force=False)
    replacement = load_identity(str(path), old.actor_did)
    with session.client() as client:
        result = client.rotate_key(replacement, reason)
    if session.json:
        session.document({**dict(result), **_facts(replacement), "path": str(path)})
    elif result.success:
        session.say(f"{replacement.actor_did} signs with {replacement.public_key} now")
        key = quote(str(path))
        session.say(f"from now on: export {ENV_IDENTITY_KEY}={key} SYNCROPEL_DID={replacement.actor_did}")
    if not result.success:
        session.note(exits.line_of_emit(result))
        session.note(f"the old key goes on; the new one in {path} is not in use")
    return exits.of_emit(result)


def key_file(session: Session, given: str | None) -> Path:
    """Return the key file that is meant: named, configured, or the one in the user's settings folder."""
    name = given or session.options.identity_key or os.environ.get(ENV_IDENTITY_KEY)
    if name:
        return Path(name).expanduser()
    from platformdirs import user_config_path

    return Path(user_config_path("syncropel", appauthor=False)) / "identity.pem"


def _generate(path: Path, *, encrypt: bool, force: bool) -> Identity:
    from ..keys.identity import Identity

    if path.exists() and not force:
        raise ConfigurationError(
            f"{path} exists and may hold a key that nobody has a copy of: name another file "
            f"(or replace it with --force); `spl identity show {path}` looks into it"
        )
    passphrase = new_passphrase() if encrypt else None
    return Identity.generate(path, passphrase=passphrase, overwrite=force)


def _facts(held: Identity) -> dict[str, Any]:
    return {"did": held.actor_did, "public_key": held.public_key, "algorithm": "Ed25519"}
