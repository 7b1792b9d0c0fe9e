"""「メールアドレスのご登録依頼」: the mail with the link, written when it is claimed (R7-10, R7-12)."""

from datetime import datetime

from sqlalchemy.orm import Session

from base.jst import show_time
from base.mail_claims import Composer
from base.mail_text import Composed, Held, Skipped
from base.outbox import Mail
from base.settings import Operator
from base.tokens import TokenDesk
from content.addresses.addresses import occasion_of
from content.addresses.links import token_for
from content.addresses.queries import VERIFY_ADDRESS, locked_row, why_nobody_can_log_in
from content.addresses.states import valid_until
from content.addresses.words import SUBJECTS
from content.models import ContactAddress

LIST_ID = "contact-addresses"

BODY = """\
{organization}
{person} 様

{operator} {desk}です。
託送情報共有サイトの掲載情報をお知らせする送付先として、このメールアドレスを
仮登録しました。まだ本登録は終わっていません。次の手順で本登録をお願いします。

■ 本登録の手順
1. クライアント証明書を入れたパソコンの Google Chrome で、次のリンクを開いてください。

{link}

2. システム窓口責任者の方のIDとパスワードでログインしてください。
3. 表示された内容をご確認のうえ、「本登録する」ボタンを押してください。
   「本登録完了」と表示されたら終わりです。

■ リンクの有効期限
{until} まで(日本時間)
リンクを使えるのは1回だけです。期限を過ぎたときは、下記の窓口へ再送をご依頼ください。
新しいリンクをお送りすると、このリンクは使えなくなります。

■ 登録する内容
事業者:{organization}
氏名:{person} 様
メールアドレス:{address}

お心当たりがない場合や内容に誤りがある場合は、ボタンを押さずに下記の窓口へ
ご連絡ください。ボタンを押すまで、このアドレスに更新のお知らせは届きません。

■ お問い合わせ
{contact}

このメールは自動で送信しています。返信はお受けできません。
"""


def letter(row: ContactAddress, link: str, until: datetime, operator: Operator) -> Composed:
    desk = operator.desks[0]
    body = BODY.format(
        organization=row.organization.name,
        person=row.person_name,
        operator=operator.name,
        desk=desk.name,
        link=link,
        until=show_time(until),
        address=row.address,
        contact=desk.in_mails,
    )
    return Composed(SUBJECTS[VERIFY_ADDRESS], body, LIST_ID)


def _skip_reason(row: ContactAddress, mail: Mail) -> str | None:
    """Judged again at the moment of sending (F9)."""
    if row.removed_at is not None:
        return "連絡先メールアドレスが削除されています。"
    if row.organization.ended_at is not None:
        return "事業者の利用が終了しています。"
    if row.verified_at is not None:
        return "すでに本登録が済んでいます。"
    return None if mail.occasion == occasion_of(row) else "新しいリンクを別のメールで送り直しています。"


def address_composer(desk: TokenDesk, base_url: str, operator: Operator) -> Composer:
    """Each try stamps the row anew: the seven days count from sending (R7-12)."""

    def compose(session: Session, mail: Mail, now: datetime) -> Composed | Skipped | Held:
        row = locked_row(session, mail.about or "")
        if row is None:
            return Skipped("連絡先メールアドレスが見つかりません。")
        if reason := _skip_reason(row, mail):
            return Skipped(reason)
        reason = None if mail.is_hold_waived else why_nobody_can_log_in(session, row.organization_id, now)
        row.hold_reason = reason
        if reason:
            return Held(reason)
        row.link_sent_at = now
        return letter(row, f"{base_url}/verify/{token_for(desk, row)}", valid_until(now), operator)

    return compose
