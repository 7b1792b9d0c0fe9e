"""The mail to the reception center when files of articles are gone from their store (I13): once a night, until they are back."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from base.mail_claims import Composer
from base.mail_text import Composed, Skipped
from base.outbox import Mail, queue_mail
from content.files.checks import Held
from content.files.storage import FileStore
from content.models import Attachment

KIND = "file-alarm"
MOST_NAMED = 20
SUBJECT = "【要対応】添付ファイルが見つかりません"
BODY = """\
{operator} ご担当者様

記事の添付ファイルが、保管先に見つかりません。
利用者がこのファイルを開くと、システムエラーになります。

■ 見つからない添付ファイル
{files}

■ していただくこと
1. サーバーの管理者に、保管先の状態を確かめ、バックアップから戻すよう
   依頼してください。すべてを確かめるコマンドは次のとおりです。

   flask --app app files check

2. 戻せないときは、記事の画面でファイルを外し、添付し直してください。

このお知らせは、解決するまで1日に1通お送りします。
このメールは自動で送信しています。返信はお受けできません。
"""


def queue_file_alarm(session: Session, missing: Sequence[Held], address: str, on: date, *, now: datetime) -> None:
    if missing and address:
        about = " ".join(each.public_id for each in missing[:MOST_NAMED])
        queue_mail(session, kind=KIND, occasion=f"{KIND}:{on:%Y-%m-%d}", address=address, about=about, now=now)


def file_alarm_composer(store: FileStore, base_url: str, operator_name: str) -> Composer:
    """Judged again at sending: what has been put back meanwhile alarms nobody."""

    def compose(session: Session, mail: Mail, _now: datetime) -> Composed | Skipped:
        named = Attachment.public_id.in_((mail.about or "").split())
        rows = session.scalars(select(Attachment).where(named).options(joinedload(Attachment.article)))
        missing = [row for row in rows if not _is_there(store, row.storage_key)]
        if not missing:
            return Skipped("添付ファイルは保管先に戻っています。")
        return Composed(SUBJECT, BODY.format(operator=operator_name, files=_lines(missing, base_url)))

    return compose


def _lines(missing: Sequence[Attachment], base_url: str) -> str:
    told = [
        f"・{each.name}\n  {each.article.title}\n  {base_url}/staff/articles/{each.article.public_id}"
        for each in missing
    ]
    return "\n".join([*told, "・ほかにもあります。"] if len(missing) == MOST_NAMED else told)


def _is_there(store: FileStore, key: str) -> bool:
    try:
        store.open(key).close()
    except FileNotFoundError:
        return False
    return True
