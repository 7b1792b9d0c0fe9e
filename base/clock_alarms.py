"""The mail to the reception center when a machine's clock isn't believed and the daily runs wait (G11): once a doubt."""

from datetime import datetime

from sqlalchemy.orm import Session

from base.clock_marks import ClockDoubt
from base.clock_rules import DOUBT_WORDS, Doubt
from base.jst import show_time
from base.mail_claims import Composer
from base.mail_text import Composed, Skipped
from base.outbox import Mail, queue_mail

KIND = "clock-alarm"
SUBJECT = "【要対応】サーバーの時計を確認してください"

BODY = """\
{operator} ご担当者様

サーバーの時計が正しくない可能性があるため、毎日の処理(システム処理日の処理、
長期未使用IDの処理、期限のお知らせなど)を止めています。

■ サーバー
{host}

■ 状態
{why}

■ サーバーの時計
{noticed}(日本時間)

■ 最後に正しかった記録
{believed}

■ していただくこと
1. サーバーの時計(時刻同期)を確認してください。時計を直すと、処理は
   自動で再開します。
2. 時計が正しい場合(長く止めていた場合など)は、サーバーで次のコマンドを
   実行してください。止めていた処理を再開します。

   flask --app app clock trust

画面:{base_url}/staff

このメールは自動で送信しています。返信はお受けできません。
"""


def queue_clock_alarm(session: Session, host: str, address: str, *, now: datetime) -> None:
    if address:
        queue_mail(
            session, kind=KIND, occasion=f"{KIND}:{host}:{now.isoformat()}", address=address, about=host, now=now
        )


def clock_alarm_composer(base_url: str, operator_name: str) -> Composer:
    """Judged again at sending: a clock that is right again alarms nobody."""

    def compose(session: Session, mail: Mail, _now: datetime) -> Composed | Skipped:
        doubt = session.get(ClockDoubt, mail.about or "")
        if doubt is None:
            return Skipped("時計は正しく戻っています。")
        return letter(doubt, base_url, operator_name)

    return compose


def letter(doubt: ClockDoubt, base_url: str, operator_name: str) -> Composed:
    believed = f"{show_time(doubt.believed_at)}(日本時間)" if doubt.believed_at else "ありません"
    body = BODY.format(
        operator=operator_name,
        host=doubt.host,
        why=DOUBT_WORDS[Doubt(doubt.kind)],
        noticed=show_time(doubt.noticed_at),
        believed=believed,
        base_url=base_url,
    )
    return Composed(SUBJECT, body)
