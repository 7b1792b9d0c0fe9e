"""The mail for a forgotten password (R6-7): who has the ID, and whether he may, is judged as it is claimed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.credential_mails import LIST_ID, contact_lines
from auth.login_id import fold
from auth.models import Certificate, User
from auth.reset_links import reset_desk, token_for
from auth.reset_states import reset_until
from auth.usable_certificates import is_registered_for
from base.jst import show_time
from base.mail_claims import Composer
from base.mail_text import Composed, Held, Skipped
from base.outbox import Mail
from base.settings import Operator

SUBJECT = "パスワード再設定のご案内"
LATEST = timedelta(hours=1)

HEAD = """\
{organization}
{person} 様

{operator} {desk}です。
託送情報共有サイトの「パスワードを忘れた方はこちら。」から、
ID {login_id} のパスワード再設定のお申し込みがありました。

"""
WITH_LINK = """\
■ 再設定の手順
クライアント証明書を入れたパソコンの Google Chrome で、次のURLを開いてください。

{link}

{steps}

■ URLの有効期限
{until} まで(日本時間)
URLを使えるのは1回だけです。もう一度お申し込みになると、このURLは使えなくなります。
"""
QUESTION = "秘密の質問の答えと、新しいパスワードを入力してください。"
NO_QUESTION = "新しいパスワードを入力してください。"
LOCKED = """\
■ アカウントがロックされています
このIDはロックされているため、パスワードを再設定できません。
ご本人から下記の窓口へお電話ください。ご本人の確認のうえ、ロックを解除します。
"""
NO_ANSWER = """\
■ 秘密の質問が登録されていません
このIDには秘密の質問の答えが登録されていないため、この方法では再設定できません。
ご本人から下記の窓口へお電話ください。認証情報登録のメールを送り直します。
"""
FOOT = """
お心当たりがない場合は、このメールを破棄してください。パスワードは変わりません。
何度も届くときは、下記の窓口へご連絡ください。

■ お問い合わせ
{contact}

このメールは自動で送信しています。返信はお受けできません。
"""


@dataclass(frozen=True, slots=True)
class ResetSender:
    """What the letter needs of the installation."""

    keys: Sequence[str]
    base_url: str
    operator: Operator
    seconds: int
    is_question_asked: bool


def _person(session: Session, mail: Mail) -> User | Skipped:
    """Locked; by the folded ID and nothing else: two spellings of one ID are one person, and no other's (C6)."""
    here = select(User).where(User.login_id_folded == fold(mail.address)).with_for_update()
    user = session.scalars(here.execution_options(populate_existing=True)).one_or_none()
    if user is None or user.deleted_at is not None or user.organization.ended_at is not None:
        return Skipped("このIDの利用者はいません。")
    certificate_id = session.scalar(select(Certificate.id).where(Certificate.fingerprint == mail.about))
    if certificate_id is None or not is_registered_for(session, certificate_id, user.organization_id):
        return Skipped("この利用者の事業者に登録されていないパソコンからの申し込みです。")
    if user.password_hash is None:
        return Skipped("この利用者は、認証情報をまだ登録していません。")
    return user


def _words(user: User, sender: ResetSender) -> dict[str, str]:
    desk = sender.operator.support_desk
    return {
        "organization": user.organization.name,
        "person": user.name_kanji,
        "operator": sender.operator.name,
        "desk": desk.name,
        "login_id": user.login_id,
        "contact": contact_lines(desk),
    }


def _with_link(user: User, sender: ResetSender, now: datetime) -> str:
    """Each try sends a link of its own, and only the newest works."""
    user.reset_version, user.reset_sent_at = user.reset_version + 1, now
    return WITH_LINK.format(
        link=f"{sender.base_url}/password/reset/{token_for(reset_desk(sender.keys), user)}",
        until=show_time(reset_until(now, sender.seconds)),
        steps=QUESTION if sender.is_question_asked else NO_QUESTION,
    )


def _text(user: User, sender: ResetSender, now: datetime) -> str:
    if user.locked_at is not None:
        return LOCKED
    if sender.is_question_asked and user.secret_answer_hash is None:
        return NO_ANSWER
    return _with_link(user, sender, now)


def reset_composer(sender: ResetSender) -> Composer:
    def compose(session: Session, mail: Mail, now: datetime) -> Composed | Skipped | Held:
        if now - mail.created_at > LATEST:
            return Skipped("お申し込みから1時間を過ぎました。")
        user = _person(session, mail)
        if isinstance(user, Skipped):
            return user
        mail.address, mail.organization_id = user.login_id, user.organization_id
        words = _words(user, sender)
        return Composed(SUBJECT, HEAD.format(**words) + _text(user, sender, now) + FOOT.format(**words), LIST_ID)

    return compose
