"""「パスワードの有効期限のお知らせ」: written when it is claimed, so that its days are those that are left then (R6-5)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ScalarSelect, select
from sqlalchemy.orm import Session, joinedload

from auth.identity import may_enter
from auth.models import User
from auth.password_expiry import PasswordDue, password_due
from auth.password_reminders import KIND, occasion_of, stage_of
from base.jst import show_day
from base.mail_claims import Composer, batch_of, once_a_batch
from base.mail_text import Composed, Skipped
from base.outbox import Mail
from base.settings import Operator

LIST_ID = "accounts"
GONE = "利用者のアカウントが見つかりません。"
CHANGED = "そのあとにパスワードが変更されました。"
SHUT = "ログインできないアカウントになりました。"
NOT_DUE = "パスワードの有効期限が近くありません。"

BODY = """\
{organization}
{person} 様

{operator}です。
託送情報共有サイトのパスワードの有効期限が近づいています。

■ 対象のID
{login_id}

■ パスワードを使える最後の日
{last_day}({left})

■ 変更の方法
クライアント証明書を入れたパソコンの Google Chrome でログインし、メニューの
「アカウント管理」→「パスワード変更」から変更してください。
{base_url}/account/password

有効期限を過ぎると、ログインしたあとにパスワードの変更画面だけが開きます。
変更すると、続けてご利用いただけます。

■ お問い合わせ
{support}

すでに変更された場合は、行き違いですのでご容赦ください。
このメールは自動で送信しています。返信はお受けできません。
"""


def _left(due: PasswordDue) -> str:
    return "本日まで" if due.days_left == 1 else f"あと{due.days_left}日"


def compose_reminder(user: User, due: PasswordDue, base_url: str, operator: Operator) -> Composed:
    body = BODY.format(
        organization=user.organization.name,
        person=user.name_kanji,
        operator=operator.name,
        login_id=user.login_id,
        last_day=show_day(due.last_day),
        left=_left(due),
        base_url=base_url,
        support=operator.support_desk.in_mails,
    )
    return Composed(f"パスワードの有効期限のお知らせ({_left(due)})", body, LIST_ID)


@dataclass(frozen=True, slots=True)
class _Reader:
    user: User
    held_systems: frozenset[str]

    @property
    def may_log_in(self) -> bool:
        user = self.user
        is_shut = user.locked_at is not None or user.deleted_at is not None or user.organization.ended_at is not None
        return not is_shut and may_enter(self.held_systems, user.contact_role, user.staff_role)


def _readers(session: Session, mail: Mail, held_systems: ScalarSelect[Any], now: datetime) -> Mapping[str, _Reader]:
    batch = batch_of(session, mail)

    def found() -> Mapping[str, _Reader]:
        named = User.public_id.in_({each.about for each in batch if each.about})
        asked = select(User, held_systems.label("held")).where(named).options(joinedload(User.organization))
        rows = session.execute(asked, {"now": now}).all()
        return {user.public_id: _Reader(user, frozenset(held.split(",") if held else ())) for user, held in rows}

    return once_a_batch(session, (KIND, batch[0].id), found)


def reminder_composer(base_url: str, operator: Operator, days: int, held_systems: ScalarSelect[Any]) -> Composer:
    """`held_systems`: of the query's `User`. Judged again as it leaves: whoever has changed it or can't log in any more isn't told (F9)."""

    def compose(session: Session, mail: Mail, now: datetime) -> Composed | Skipped:
        reader = _readers(session, mail, held_systems, now).get(mail.about or "")
        if reader is None:
            return Skipped(GONE)
        user = reader.user
        if mail.occasion != occasion_of(user, stage_of(mail.occasion)):
            return Skipped(CHANGED)
        if not reader.may_log_in:
            return Skipped(SHUT)
        due = password_due(user.password_set_at, days, now)
        return compose_reminder(user, due, base_url, operator) if due else Skipped(NOT_DUE)

    return compose
