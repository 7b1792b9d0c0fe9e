"""What contact page and FAQ say until staff write something else (R2-6, R6-9)."""

from functools import cache
from pathlib import Path

from base.settings import Desk, Operator
from content.languages import ENGLISH

TEXTS = Path(__file__).resolve().parents[2] / "site" / "texts"
WORDS = {"ja": ("電話", "メール", "受付時間"), "en": ("Phone:", "Mail:", "Hours:")}


def default_source(slug: str, language: str, operator: Operator) -> str:
    """Markdown with the operator's desks as they are set."""
    spoken = operator.in_english() if language == ENGLISH else operator
    text = _text(slug, language).replace("{support}", spoken.support_desk.name)
    return text.replace("{desks}", "\n\n".join(_shown(desk, language) for desk in spoken.desks))


@cache
def _text(slug: str, language: str) -> str:
    return (TEXTS / f"{slug}.{language}.md").read_text(encoding="utf-8").rstrip("\n")


def _shown(desk: Desk, language: str) -> str:
    phone, mail, hours = WORDS[language]
    digits = "".join(letter for letter in desk.phone if letter.isdigit() or letter == "+")
    lines = [
        desk.phone and f"- {phone} [{desk.phone}](tel:{digits})",
        desk.mail and f"- {mail} [{desk.mail}](mailto:{desk.mail})",
        desk.hours and f"- {hours} {desk.hours}",
    ]
    facts = "\n".join(line for line in lines if line)
    return "\n\n".join(part for part in (f"### {desk.name}", desk.about, facts) if part)
