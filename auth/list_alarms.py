"""The mail to the reception center when a revocation list is out of date or can't be had (R4-5): once a CA and day."""

from datetime import datetime

from sqlalchemy.orm import Session

from auth.ca_queries import ca_by
from auth.list_states import NEEDS_SOMEBODY, ListState, list_state
from auth.models import IssuingCa
from base.jst import day_of, show_time
from base.mail_claims import Composer
from base.mail_text import Composed, Skipped
from base.outbox import Mail, queue_mail

KIND = "list-alarm"
SUBJECT = "【要対応】失効リストを更新できません"
STALE_NOW = {
    True: "期限を過ぎているため、この認証局の証明書によるご利用をすべて止めています。",
    False: "期限を過ぎていますが、設定により、この認証局の証明書によるご利用は続いています。",
}

BODY = """\
{operator} ご担当者様

クライアント証明書の失効リストについて、対応が必要です。

■ 認証局
{subject}

■ 状態
{state}

■ 失効リストの期限(次回更新日時)
{until}

■ 取得元
{source}

■ 最後に失敗した理由
{failure}

■ していただくこと
1. 取得元に新しい失効リストがあるかを、認証局に確認してください。
2. 管理者が「認証局」の画面で「いま読み直す」を押すか、サーバーで次のコマンドを
   実行してください。ログインできないときも、コマンドは使えます。

   flask --app app cas refresh

画面:{address}

このお知らせは、解決するまで1日に1通お送りします。
このメールは自動で送信しています。返信はお受けできません。
"""


def queue_alarm(session: Session, row: IssuingCa, address: str, *, now: datetime) -> None:
    if not address:
        return
    occasion = f"{KIND}:{row.public_id}:{day_of(now):%Y-%m-%d}"
    queue_mail(session, kind=KIND, occasion=occasion, address=address, about=row.public_id, now=now)


def alarm_composer(base_url: str, operator_name: str, *, are_closed: bool) -> Composer:
    """Judged again at sending: what has been mended meanwhile alarms nobody."""

    def compose(session: Session, mail: Mail, now: datetime) -> Composed | Skipped:
        row = ca_by(session, mail.about or "")
        if row is None or list_state(row, now) not in NEEDS_SOMEBODY:
            return Skipped("失効リストは更新されています。")
        return letter(row, base_url, operator_name, now, are_closed=are_closed)

    return compose


def letter(row: IssuingCa, base_url: str, operator_name: str, now: datetime, *, are_closed: bool) -> Composed:
    is_stale = list_state(row, now) is ListState.STALE
    body = BODY.format(
        operator=operator_name,
        subject=row.subject,
        state=STALE_NOW[are_closed] if is_stale else "前の失効リストの期限までは、ふだんどおりご利用になれます。",
        until=f"{show_time(row.list_until)}(日本時間)" if row.list_until else "一度も読み取れていません",
        source=row.list_source,
        failure=row.list_failure or "失敗していません。取得元の失効リストが更新されていません。",
        address=f"{base_url}/staff/cas/{row.public_id}",
    )
    return Composed(SUBJECT, body)
