"""The built-in responder `summary`: the sentences of a text that stand for the rest, by TextRank."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ...errors import MissingExtraError
from ...kernel.calls import CallReply, answered
from .trouble import Declined, Trouble

DEFAULT_SENTENCES = 3
MAX_SENTENCES = 600
"""Sentences of the text: every two are compared, so the time grows with the square."""

MAX_CHARACTERS = 200_000
_GOAL = re.compile(
    r"\b(?:summar(?:y|ies|i[sz]e[ds]?|i[sz]ing)|shorten|condense|gist|key points|tl;?dr|abstract)\b", re.I
)
_NUMBER = re.compile(r"\b(?:in|to|of)\s+(\d{1,2}|one|two|three|four|five)\s+sentences?\b", re.I)
_WORDS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5}
_PROSE = ("title", "summary", "text", "content", "message", "description", "answer", "reason")


def summarise(question: Any) -> CallReply:
    """Return the most central sentences of a text, in the text's order.

    Args:
        question: The text; or an object with the text in `text` or `context`, what to do in `goal`, and the
            number of sentences in `sentences`; or a record, or records, whose prose is taken together.

    Raises:
        Declined: There is no text, or something else is asked for.
        Trouble: The library is missing, or the text is too long.
    """
    try:
        from lede.sentences import split_sentences
        from lede.textrank import summarize_textrank
    except ImportError as error:
        raise Trouble("configuration", str(MissingExtraError("the built-in summariser", "infer"))) from error
    text, wanted = _text_and_number(question)
    if len(text) > MAX_CHARACTERS:
        raise Trouble("too_large", f"the text has {len(text)} characters, at most {MAX_CHARACTERS} are read")
    sentences = split_sentences(text)
    if len(sentences) > MAX_SENTENCES:
        raise Trouble(
            "too_large", f"the text has {len(sentences)} sentences, at most {MAX_SENTENCES} are read"
        )
    if len(sentences) < 2:
        raise Declined("out_of_domain", "there is no text of two sentences or more to summarise")
    # The library gives back a text shorter than asked for as it is.
    summary = summarize_textrank(text, num_sentences=wanted).strip()
    how = f"{min(wanted, len(sentences))} of {len(sentences)} sentences, by TextRank"
    return answered({"answer": summary, "rationale": how})


def _text_and_number(question: Any) -> tuple[str, int]:
    if isinstance(question, Mapping) and "inline" in question:
        question = question["inline"]
    if isinstance(question, str):
        return question, DEFAULT_SENTENCES
    if not isinstance(question, Mapping):
        raise Declined("out_of_domain", "there is no text to summarise")
    goal = question.get("goal")
    if isinstance(goal, str) and not _GOAL.search(goal):
        raise Declined("out_of_domain", "it summarises texts and does nothing else")
    source = next((question[name] for name in ("text", "context") if question.get(name)), None)
    if source is None:
        rest = {name: value for name, value in question.items() if name not in ("goal", "sentences")}
        source = rest.get("body", rest.get("records", rest if goal is None else None))
    return "\n\n".join(_prose(source)), _number(question.get("sentences"), goal)


def _number(given: Any, goal: Any) -> int:
    if isinstance(given, int) and not isinstance(given, bool) and 1 <= given <= 50:
        return given
    match = _NUMBER.search(goal) if isinstance(goal, str) else None
    if match is None:
        return DEFAULT_SENTENCES
    word = match[1].lower()
    return max(_WORDS.get(word) or int(word), 1)


def _prose(value: Any, depth: int = 0) -> Iterator[str]:
    """Yield the texts that people wrote: a text itself, and the members of objects that hold prose."""
    if isinstance(value, str):
        yield value
    elif depth < 8 and isinstance(value, list):
        for each in value:
            yield from _prose(each, depth + 1)
    elif depth < 8 and isinstance(value, Mapping):
        for name in _PROSE:
            if name in value:
                yield from _prose(value[name], depth + 1)
        for name in ("body", "records"):
            if isinstance(value.get(name), Mapping | list):
                yield from _prose(value[name], depth + 1)
