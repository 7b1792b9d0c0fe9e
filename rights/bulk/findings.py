"""What was found in the rows of a file, kept as JSON so that it can be said in each viewer's language."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from base.sentences import Sentence, say

WHOLE_FILE = 0


@dataclass(frozen=True, slots=True)
class Finding:
    """`row` as a spreadsheet counts; `about`: the ID in it."""

    row: int
    about: str
    reasons: Sequence[str]


def kept(findings: Sequence[Finding]) -> str:
    return json.dumps([[each.row, each.about, [_plain(reason) for reason in each.reasons]] for each in findings])


def read_findings(text: str) -> list[Finding]:
    return [Finding(row, about, [_again(reason) for reason in reasons]) for row, about, reasons in json.loads(text)]


def _plain(fact: Any) -> Any:
    if isinstance(fact, Sentence):
        return {"sentence": fact.pattern, "facts": {name: _plain(each) for name, each in fact.facts.items()}}
    if isinstance(fact, datetime):
        return {"moment": fact.isoformat()}
    if isinstance(fact, date):
        return {"day": fact.isoformat()}
    if isinstance(fact, list):
        return [_plain(each) for each in fact]
    return fact if isinstance(fact, int) else str(fact)


def _again(plain: Any) -> Any:
    if isinstance(plain, list):
        return [_again(each) for each in plain]
    if not isinstance(plain, Mapping):
        return plain
    if "moment" in plain:
        return datetime.fromisoformat(plain["moment"])
    if "day" in plain:
        return date.fromisoformat(plain["day"])
    pattern = plain["sentence"]
    return say(pattern, **{name: _again(each) for name, each in plain["facts"].items()})
