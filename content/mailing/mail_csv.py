"""The mails of the desk's list as a file for Excel (R2-3, R7-14)."""

from collections.abc import Iterable, Iterator, Mapping

from base.csv_out import csv_moment
from base.mail_words import fate_of
from base.outbox import Mail
from content.addresses.words import subject_of

HEADINGS = ("作成日時", "宛先", "件名", "事業者", "状態", "事情", "届いた可能性", "試行回数", "次の送信", "送信日時")


def mail_rows(mails: Iterable[Mail], names: Mapping[int, str]) -> Iterator[tuple[object, ...]]:
    yield HEADINGS
    for mail in mails:
        fate = fate_of(mail)
        about = (mail.address, subject_of(mail), names.get(mail.organization_id or 0, ""))
        tried = ("あり" if mail.is_uncertain else "", mail.tries)
        times = (csv_moment(mail.next_try_at if mail.state == "waiting" else None), csv_moment(mail.sent_at))
        yield (csv_moment(mail.created_at), *about, fate.label, fate.reason, *tried, *times)
