"""Canonical references: how records of different publishers name the same thing in the world."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import UsageError, UsageTypeError
from .kinds import is_kind
from .plain import shown


class Ref:
    """Constructors of canonical references, one for each of the eleven categories.

    Each takes keywords only and returns a plain dict, `{"kind": "@music.track", "id": "isrc:USJI19810404"}`.
    Where a category has several schemes, the first keyword of the list that is not empty wins.

    ==================== ==================== ====================================================
    constructor          kind                 keywords and the id they give
    ==================== ==================== ====================================================
    Ref.music_track      `@music.track`       isrc       `isrc:V`
                                              spotify_id `spotify:V`
                                              apple_id   `apple:V`
    Ref.code_file        `@code.file`         path with repo    `github:REPO:PATH`
                                              path with git_url `git:URL:PATH`
    Ref.ops_incident     `@ops.incident`      pagerduty  `pagerduty:V`
                                              linear     `linear:V`
                                              url        `url:V`
    Ref.cal_event        `@cal.event`         uid        `icalendar:V`
    Ref.social_person    `@social.person`     did        the DID as it stands
                                              email      `email:V`
                                              handle (the platform) with name  `HANDLE:NAME`
    Ref.media_photo      `@media.photo`       sha256     `sha256:V`
                                              url        `url:V`
    Ref.media_video      `@media.video`       youtube    `youtube:V`
                                              vimeo      `vimeo:V`
                                              sha256     `sha256:V`
    Ref.doc_text         `@doc.text`          doi        `doi:V`
                                              url        `url:V`
                                              platform_id `PLATFORM:ID` as it stands
    Ref.fin_transaction  `@fin.transaction`   stripe     `stripe:V`
                                              plaid      `plaid:V`
                                              iso20022   `iso20022:V`
    Ref.research_paper   `@research.paper`    doi        `doi:V`
                                              arxiv      `arxiv:V`
                                              s2         `s2:V`
    Ref.core_thread      `@core.thread`       id         `thread:V`
    ==================== ==================== ====================================================

    Every constructor raises `UsageError` when no keyword has a value, and `UsageTypeError` when one is not a
    string. Values are used as they are: nothing is trimmed, folded or looked up.
    """

    @staticmethod
    def music_track(
        *, isrc: str | None = None, spotify_id: str | None = None, apple_id: str | None = None
    ) -> dict[str, str]:
        """Refer to a music track by `isrc`, `spotify_id` or `apple_id`, in this order."""
        return _by_scheme("music_track", "@music.track", isrc=isrc, spotify_id=spotify_id, apple_id=apple_id)

    @staticmethod
    def code_file(*, path: str, repo: str | None = None, git_url: str | None = None) -> dict[str, str]:
        """Refer to a file by its `path` in a GitHub `repo` (`owner/name`) or at a `git_url`."""
        _required("code_file", path=path)
        base = _by_scheme("code_file", "@code.file", repo=repo, git_url=git_url)
        return {"kind": base["kind"], "id": f"{base['id']}:{path}"}

    @staticmethod
    def ops_incident(
        *, pagerduty: str | None = None, linear: str | None = None, url: str | None = None
    ) -> dict[str, str]:
        """Refer to an incident by its `pagerduty` or `linear` id or its `url`, in this order."""
        return _by_scheme("ops_incident", "@ops.incident", pagerduty=pagerduty, linear=linear, url=url)

    @staticmethod
    def cal_event(*, uid: str) -> dict[str, str]:
        """Refer to a calendar event by the `UID` of its iCalendar entry."""
        _required("cal_event", uid=uid)
        return {"kind": "@cal.event", "id": f"icalendar:{uid}"}

    @staticmethod
    def social_person(
        *,
        did: str | None = None,
        email: str | None = None,
        handle: str | None = None,
        name: str | None = None,
    ) -> dict[str, str]:
        """Refer to a person by `did`, by `email`, or by `handle` (the platform) and `name` together."""
        _texts("social_person", did=did, email=email, handle=handle, name=name)
        if did:
            return {"kind": "@social.person", "id": did}
        if email:
            return {"kind": "@social.person", "id": f"email:{email}"}
        if handle and name:
            return {"kind": "@social.person", "id": f"{handle}:{name}"}
        raise UsageError("Ref.social_person needs did=, email=, or handle= and name= together")

    @staticmethod
    def media_photo(*, sha256: str | None = None, url: str | None = None) -> dict[str, str]:
        """Refer to a photo by the `sha256` of its bytes or its `url`, in this order."""
        return _by_scheme("media_photo", "@media.photo", sha256=sha256, url=url)

    @staticmethod
    def media_video(
        *, youtube: str | None = None, vimeo: str | None = None, sha256: str | None = None
    ) -> dict[str, str]:
        """Refer to a video by its `youtube` or `vimeo` id or the `sha256` of its bytes, in this order."""
        return _by_scheme("media_video", "@media.video", youtube=youtube, vimeo=vimeo, sha256=sha256)

    @staticmethod
    def doc_text(
        *, doi: str | None = None, url: str | None = None, platform_id: str | None = None
    ) -> dict[str, str]:
        """Refer to a text by `doi`, `url` or `platform_id` (`notion:abc`, as it stands), in this order."""
        _texts("doc_text", doi=doi, url=url, platform_id=platform_id)
        if doi or url or not platform_id:
            return _by_scheme("doc_text", "@doc.text", doi=doi, url=url, platform_id=None)
        if ":" not in platform_id:
            raise UsageError(
                f"Ref.doc_text needs platform_id= in the form 'PLATFORM:ID', not {shown(platform_id)}"
            )
        return {"kind": "@doc.text", "id": platform_id}

    @staticmethod
    def fin_transaction(
        *, stripe: str | None = None, plaid: str | None = None, iso20022: str | None = None
    ) -> dict[str, str]:
        """Refer to a payment by its `stripe`, `plaid` or `iso20022` id, in this order."""
        return _by_scheme(
            "fin_transaction", "@fin.transaction", stripe=stripe, plaid=plaid, iso20022=iso20022
        )

    @staticmethod
    def research_paper(
        *, doi: str | None = None, arxiv: str | None = None, s2: str | None = None
    ) -> dict[str, str]:
        """Refer to a paper by its `doi`, `arxiv` or Semantic Scholar (`s2`) id, in this order."""
        return _by_scheme("research_paper", "@research.paper", doi=doi, arxiv=arxiv, s2=s2)

    @staticmethod
    def core_thread(*, id: str) -> dict[str, str]:  # noqa: A002 - the protocol's name of the keyword
        """Refer to a thread by its `id`."""
        _required("core_thread", id=id)
        return {"kind": "@core.thread", "id": f"thread:{id}"}


_SCHEME_OF_KEYWORD = {"spotify_id": "spotify", "apple_id": "apple", "repo": "github", "git_url": "git"}


def format_ref(ref: Mapping[str, str]) -> str:
    """Return the one-line form of a reference: `@music.track:isrc:USJI19810404`.

    Raises:
        UsageError, UsageTypeError: As `check_ref`.
    """
    checked = check_ref(ref)
    return f"{checked['kind']}:{checked['id']}"


def parse_ref(text: str) -> dict[str, str]:
    """Read the one-line form of a reference back.

    Raises:
        UsageTypeError: Not a string.
        UsageError: Not of the form `KIND:ID`.
    """
    if not isinstance(text, str):
        raise UsageTypeError(f"a reference in one line is a string, not {type(text).__name__}")
    kind, _, identifier = str.__str__(text).partition(":")
    if not identifier or not is_kind(kind):
        raise UsageError(f"{shown(text)} is not a reference; write it as '@music.track:isrc:USJI19810404'")
    return {"kind": kind, "id": identifier}


def check_ref(ref: Any, place: str = "ref") -> dict[str, Any]:
    """Check one reference and return a copy of it.

    Keys beyond `kind` and `id` are kept, so that a newer publisher's references pass.

    Args:
        ref: The reference.
        place: What it is called in error messages.

    Raises:
        UsageTypeError: Not a mapping, or `kind` or `id` is not a string.
        UsageError: `kind` or `id` is missing or empty.
    """
    if not isinstance(ref, Mapping):
        raise UsageTypeError(f"{place}: must be a dict with 'kind' and 'id', not {type(ref).__name__}")
    for key in ("kind", "id"):
        value = ref.get(key)
        if value is None:
            raise UsageError(
                f"{place}: {key!r} is missing; make references with Ref, such as Ref.cal_event(uid=...)"
            )
        if not isinstance(value, str):
            raise UsageTypeError(f"{place}.{key}: must be a string, not {type(value).__name__}")
        if not value:
            raise UsageError(f"{place}.{key}: must not be empty")
    return dict(ref)


def merge_refs(body: Mapping[str, Any], refs: Any) -> dict[str, Any]:
    """Return a shallow copy of `body` whose `_refs` ends in `refs`.

    What is in `_refs` already comes first; nothing is removed as a repetition. No references add no key.

    Args:
        body: The body; `_refs` of None counts as empty.
        refs: A list or tuple of references, or None.

    Raises:
        UsageTypeError: `refs` or `body._refs` is not a list, or an element of `refs` is not a reference.
        UsageError: A reference without `kind` or `id`.
    """
    merged = dict(body)
    if refs is None:
        return merged
    if not isinstance(refs, (list, tuple)):
        raise UsageTypeError(
            f"refs: must be a list of references, not {type(refs).__name__}; write refs=[...]"
        )
    if not refs:
        return merged
    present = merged.get("_refs")
    if present is None:
        present = []
    if not isinstance(present, (list, tuple)):
        raise UsageTypeError(f"$.body._refs: must be a list of references, not {type(present).__name__}")
    merged["_refs"] = [*present, *(check_ref(ref, f"refs[{index}]") for index, ref in enumerate(refs))]
    return merged


def _texts(constructor: str, **values: Any) -> None:
    """Refuse a keyword whose value is neither a string nor absent."""
    for keyword, value in values.items():
        if value is not None and not isinstance(value, str):
            raise UsageTypeError(
                f"Ref.{constructor}: {keyword}= must be a string, not {type(value).__name__}"
            )


def _required(constructor: str, **values: Any) -> None:
    """Refuse a keyword that is absent, empty or not a string."""
    _texts(constructor, **values)
    for keyword, value in values.items():
        if not value:
            raise UsageError(f"Ref.{constructor} needs a non-empty {keyword}=")


def _by_scheme(constructor: str, kind: str, **values: str | None) -> dict[str, str]:
    """Take the first keyword that has a value; its scheme is its name, or the one that the table gives."""
    _texts(constructor, **values)
    for keyword, value in values.items():
        if value:
            return {"kind": kind, "id": f"{_SCHEME_OF_KEYWORD.get(keyword, keyword)}:{value}"}
    raise UsageError(f"Ref.{constructor} needs one of {', '.join(f'{keyword}=' for keyword in values)}")
