"""What Markdown is not even asked to read: its parser needs quadratic time or endless depth for some texts (E17)."""

import re

from base.refusals import Refused
from base.sentences import say

SOURCE_BYTES = 200_000
NESTING = 20
MARKS = 2_500
FOOTNOTES = 200
WORK = 1_000_000

_PREFIX = re.compile(r"(?:[ \t]|>|[-*+](?=[ \t]|$)|\d{1,9}\.(?=[ \t]|$))*")
_INDENT = re.compile(r"[ \t]+")
_LEVEL = re.compile(r">|[-*+]|\d+\.")
_MARK = re.compile(r"[*_`\[|\\<&>#]|\n(?=[ \t]*\S)|^[ \t]*(?:[-+]|\d{1,9}\.) ", re.MULTILINE)
_BLANK_LINES = re.compile(r"\n[ \t]*\n")
_SPLITTING_LINE = re.compile(r"^[ ]{0,3}(?:#|>|[-=_*]{1,2}[-=_* ]*$|\[\^[^\]\n]*\]:)", re.MULTILINE)
_BRACKET = re.compile(r"\[")
_OPEN_LINK = re.compile(r"\]\(")
_CLOSED_TEXT = re.compile(r"\[[^\[\]]*\]")
_CLOSED_LINK = re.compile(r"\]\((?:[^()'\"\s]*)(?:[ \t]+(?:\"[^\"\n]*\"|'[^'\n]*'))?[ \t]*\)")
_TICKS = re.compile(r"`+")
_CLOSED_CODE = re.compile(r"(?<![\\`])(`+)[^`]+(\1)(?!`)")


def refuse_excess(source: str) -> None:
    """Refuse a text that Markdown would read for more than a moment, naming what to change (E17)."""
    if len(source.encode()) > SOURCE_BYTES:
        raise Refused(
            say(
                "本文が長すぎます(%(limit)sKBまで)。記事を分けるか、添付ファイルにしてください。",
                limit=SOURCE_BYTES // 1000,
            )
        )
    for number, line in enumerate(source.split("\n"), start=1):
        if nesting(line) > NESTING:
            raise Refused(
                say(
                    "%(number)s行目の箇条書きや引用の階層が深すぎます(%(most)s段まで)。",
                    number=number,
                    most=NESTING,
                )
            )
    if marks(source) > MARKS:
        raise Refused(
            say(
                "本文の行や書式記号が多すぎます(合わせて%(most)s個まで)。大きな表や一覧は添付ファイルにしてください。",
                most=f"{MARKS:,}",
            )
        )
    if source.count("[^") > FOOTNOTES:
        raise Refused(say("脚注が多すぎます(%(most)s個まで)。", most=FOOTNOTES))
    if work(source) > WORK:
        raise Refused(
            say(
                "閉じていない括弧や ` 、または空行のない長い段落があります。括弧などを閉じ、空行で段落を分けてください。"
            )
        )


def nesting(line: str) -> int:
    """How many lists and quotations a line stands in, judged by its indentation and markers."""
    match = _PREFIX.match(line)
    prefix = match.group() if match else ""
    indents = (len(run.expandtabs(4)) // 4 for run in _INDENT.findall(prefix))
    return sum(indents) + len(_LEVEL.findall(prefix))


def marks(source: str) -> int:
    """Characters and lines that can each become an element: time grows with them, not with plain words."""
    return sum(1 for _ in _MARK.finditer(source))


def work(source: str) -> int:
    """Characters that Markdown looks at again and again: what follows an open bracket, and blocks cut line by line."""
    return sum(_block_work(block) for block in _BLANK_LINES.split(source))


def _block_work(block: str) -> int:
    cuts = sum(1 for _ in _SPLITTING_LINE.finditer(block))
    return cuts * len(block) + sum(len(block) - start for start in _left_open(block))


def _left_open(block: str) -> set[int]:
    """Where a bracket or a code span opens whose end can't be seen at once; Markdown then searches the whole block."""
    opened = _starts(_BRACKET, block) | _starts(_OPEN_LINK, block) | _starts(_TICKS, block)
    spans = list(_CLOSED_CODE.finditer(block))
    code = {span.start(1) for span in spans} | {span.start(2) for span in spans}
    return opened - _starts(_CLOSED_TEXT, block) - _starts(_CLOSED_LINK, block) - code


def _starts(pattern: re.Pattern[str], block: str) -> set[int]:
    return {match.start() for match in pattern.finditer(block)}
