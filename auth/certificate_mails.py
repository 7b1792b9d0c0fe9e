"""「クライアント証明書の有効期限のお知らせ」: one digest for each organization, written when it is claimed (R4-5)."""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.certificate_lists import Line, ending_in
from auth.certificate_queries import registrations_of
from auth.certificate_states import Succession, last_day_of
from auth.certificate_words import grouped
from auth.contact_managers import find_manager
from auth.credential_mails import contact_lines
from auth.models import Organization
from base.closing_days import confirmed_through
from base.jst import day_of, show_day
from base.mail_claims import Composer
from base.mail_text import Composed, Skipped, on_one_line
from base.outbox import Mail
from base.promised_days import promised_day
from base.settings import Operator

LIST_ID = "certificate-ends"
SUBJECT = "クライアント証明書の有効期限のお知らせ"

BODY = """\
{addressee}

{operator}です。
次のクライアント証明書が、90日以内に有効期限を迎えます。期限を過ぎると、その
パソコンでは託送情報共有サイトを利用できません。

■ 期限が近い証明書({count}枚)
{lines}
{request}
■ 一覧
{link}
"""

REQUEST = """
■ お願い
「申請の最終日」までに次の証明書の登録を申請してください。古い証明書は有効期限
まで使えるため、間を空けずに切り替えられます。最終日を過ぎたものは、使えない期間
ができるおそれがあります。すぐに下記の窓口へご連絡ください。
"""

FOOT = """
■ お問い合わせ
{contact}

このメールは自動で送信しています。返信はお受けできません。
"""


def _line(number: int, line: Line, today: date, through: date) -> str:
    is_past = line.last_safe_on is not None and line.last_safe_on < today
    remark = "(過ぎています)" if is_past and line.succession is not Succession.SAME_PC else ""
    return "\n".join(
        (
            f"{number}. {on_one_line(line.row.pc_name)}",
            f"   有効期限:{show_day(line.last_day)} {_left(line)}",
            f"   申請の最終日:{promised_day(line.last_safe_on, through)}{remark}" if line.last_safe_on else "",
            f"   次の証明書:{_successor(line)}",
            f"   シリアル番号(16進):{grouped(line.row.certificate.serial)}",
        )
    )


def _left(line: Line) -> str:
    return f"(あと{line.days_left}日)" if line.days_left else "(今日まで)"


def _successor(line: Line) -> str:
    if line.successor is None:
        return "未登録"
    until = show_day(last_day_of(line.successor.not_after))
    if line.succession is Succession.SAME_PC:
        return f"登録済み({until} まで)"
    return f"別のPC名で登録あり({on_one_line(line.successor.pc_name)}、{until} まで)。ご確認ください。"


def _addressee(session: Session, of: Organization, mail: Mail, operator: Operator) -> str | None:
    """Whom it is for; None where it is for nobody any more."""
    if of.is_operator:
        return f"{operator.desks[0].name} 各位"
    manager = find_manager(session, of.id, mail.address)
    return f"{of.name}\n{manager.name_kanji} 様" if manager else None


def letter(
    of: Organization,
    addressee: str,
    lines: list[Line],
    base_url: str,
    operator: Operator,
    today: date,
    through: date,
) -> Composed:
    """`through`: the last day of the last confirmed year."""
    place = "/staff/certificates/expiring" if of.is_operator else "/certificates"
    body = BODY.format(
        addressee=addressee,
        operator=operator.name,
        count=len(lines),
        lines="\n\n".join(_line(number, line, today, through) for number, line in enumerate(lines, start=1)) + "\n",
        request=REQUEST.removeprefix("\n") if not of.is_operator else "",
        link=base_url + place,
    )
    return Composed(SUBJECT, body + FOOT.format(contact=contact_lines(operator.desks[0])), LIST_ID)


def ends_composer(base_url: str, operator: Operator) -> Composer:
    """As it stands when the mail leaves: what was suspended or has a successor by now is told so."""

    def compose(session: Session, mail: Mail, now: datetime) -> Composed | Skipped:
        of = session.scalars(select(Organization).where(Organization.public_id == mail.about)).one_or_none()
        if of is None or of.ended_at is not None:
            return Skipped("事業者の利用が終了しています。")
        addressee = _addressee(session, of, mail, operator)
        if addressee is None:
            return Skipped("システム窓口責任者ではなくなりました。")
        lines = ending_in(session, registrations_of(session, of.id), now)
        if not lines:
            return Skipped("期限が近い証明書がありません。")
        today = day_of(now)
        return letter(of, addressee, lines, base_url, operator, today, confirmed_through(session, today))

    return compose
