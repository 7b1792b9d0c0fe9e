"""What the states of addresses and of mails are called on screens; a tag is its words and its colour."""

from dataclasses import dataclass

from auth.certificate_mails import SUBJECT as CERTIFICATE_ENDS_SUBJECT
from auth.certificate_notices import KIND as CERTIFICATE_ENDS
from base.outbox import Mail
from content.address_queries import VERIFY_ADDRESS
from content.address_states import AddressState
from content.publications import PUBLICATION

STATE_TAGS: dict[AddressState, tuple[str, str]] = {
    AddressState.PROVISIONAL: ("仮登録", "amber"),
    AddressState.HELD: ("送信保留", "amber"),
    AddressState.EXPIRED: ("期限切れ", "red"),
    AddressState.VERIFIED: ("本登録済み", "green"),
    AddressState.REMOVED: ("削除済み", ""),
}

MAIL_TAGS: dict[str, tuple[str, str]] = {
    "waiting": ("送信待ち", "blue"),
    "held": ("保留", "amber"),
    "sending": ("送信中", "blue"),
    "sent": ("送信済み", "green"),
    "failed": ("送信失敗", "red"),
    "skipped": ("取りやめ", ""),
}


SUBJECTS: dict[str, str] = {
    VERIFY_ADDRESS: "メールアドレスのご登録依頼",
    PUBLICATION: "掲載情報更新通知メール",
    CERTIFICATE_ENDS: CERTIFICATE_ENDS_SUBJECT,
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


def subject_of(mail: Mail) -> str:
    """What the mail is about, in staff's words."""
    return SUBJECTS.get(mail.kind, mail.kind)
