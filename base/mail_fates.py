"""What became of a mail, in the words of screens and lists (R7-14)."""

from dataclasses import dataclass

from base.outbox import Mail

MAIL_TAGS: dict[str, tuple[str, str]] = {
    "waiting": ("送信待ち", "blue"),
    "held": ("保留", "amber"),
    "sending": ("送信中", "blue"),
    "sent": ("送信済み", "green"),
    "failed": ("送信失敗", "red"),
    "skipped": ("取りやめ", ""),
}


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a mail, in words."""

    label: str
    colour: str
    reason: str


def fate_of(mail: Mail) -> Fate:
    """R7-14: a mail that is tried again says so, and why the last try failed."""
    label, colour = MAIL_TAGS[mail.state]
    if mail.state == "waiting" and mail.failure:
        label, colour = "再試行待ち", "amber"
    reason = mail.hold_reason if mail.state == "held" else mail.failure
    return Fate(label, colour, reason or "")
