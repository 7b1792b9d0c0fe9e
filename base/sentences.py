"""Sentences of rules that know nothing of screens: Japanese by themselves, and ready to be said in another language (R8-3)."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from base.jst import show_day, show_time

JAPANESE = "ja"
LIST_COMMAS = {"ja": "、", "en": ", "}


class Sentence(str):
    """`pattern`: how it stands in the catalogue; `facts`: what stands in its places."""

    __slots__ = ("facts", "pattern")

    pattern: str
    facts: Mapping[str, Any]


def say(pattern: str, **facts: Any) -> Sentence:
    """Facts are texts, numbers, days, moments, other sentences and lists of such; all are said in the sentence's language."""
    sentence = Sentence(_filled(pattern, facts, JAPANESE, str))
    sentence.pattern, sentence.facts = pattern, facts
    return sentence


def said_in(words: str, language: str, translate: Callable[[str], str]) -> str:
    """What isn't a sentence may still be a word that the catalogue knows."""
    if isinstance(words, Sentence):
        return _filled(translate(words.pattern), words.facts, language, translate)
    return translate(str(words))


def _filled(pattern: str, facts: Mapping[str, Any], language: str, translate: Callable[[str], str]) -> str:
    if not facts:
        return pattern
    return pattern % {name: _shown(fact, language, translate) for name, fact in facts.items()}


def _shown(fact: Any, language: str, translate: Callable[[str], str]) -> Any:
    if isinstance(fact, datetime):
        return show_time(fact, language)
    if isinstance(fact, date):
        return show_day(fact, language)
    if isinstance(fact, list):
        return LIST_COMMAS[language].join(_shown(each, language, translate) for each in fact)
    return said_in(fact, language, translate) if isinstance(fact, Sentence) else fact
