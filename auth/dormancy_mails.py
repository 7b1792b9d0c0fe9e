"""「長期未使用ID通知メール」: written when it is claimed, so that its days are those that hold then (R5-41, R5-44)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from auth.dormancy import Stage, days_between, last_day_of_grace, last_day_to_log_in
from auth.dormancy_queries import KIND, occasion_of
from auth.dormancy_texts import DELETION, LOCK, STAFF_LOCK, STAFF_WARNING, UNLOCKED, WARNING
from auth.dormancy_words import MAIL_SUBJECTS
from auth.models import User
from base.jst import day_of, show_day, show_time
from base.mail_claims import Composer, batch_of, once_a_batch
from base.mail_text import Composed, Skipped
from base.outbox import Mail
from base.settings import Operator

LIST_ID = "accounts"
GONE = "利用者のアカウントが見つかりません。"
LOGGED_IN = "そのあとにログインがありました。"
DELETED = "アカウントはすでに削除されています。"
ENDED = "事業者の利用が終了しています。"
NOT_LOCKED = "ロックはすでに解除されています。"


@dataclass(frozen=True, slots=True)
class Letter:
    """What the texts are filled with. `counted_from`: the last login, or the issue; `told_on`: when the lock notice went."""

    user: User
    counted_from: datetime
    today: date
    told_on: date | None


def counted_from(user: User) -> datetime:
    return user.last_login_at or user.issued_at


def _text(stage: Stage, user: User) -> str:
    is_staff = user.staff_role is not None
    if stage == Stage.DELETION:
        return DELETION
    if stage == Stage.LOCK:
        locked = STAFF_LOCK if is_staff else LOCK
        return locked if user.locked_at is not None else UNLOCKED
    return STAFF_WARNING if is_staff else WARNING


def compose_letter(stage: Stage, letter: Letter, base_url: str, operator: Operator) -> Composed:
    user, counted_on = letter.user, day_of(letter.counted_from)
    has_logged_in = user.last_login_at is not None
    told_on = letter.told_on if stage == Stage.DELETION else letter.today
    body = _text(stage, user).format(
        organization=user.organization.name,
        person=user.name_kanji,
        login_id=user.login_id,
        operator=operator.name,
        base_url=base_url,
        counted="最終ログイン" if has_logged_in else "IDの発行",
        counted_from=show_time(letter.counted_from) if has_logged_in else show_day(counted_on),
        days=days_between(counted_on, letter.today),
        today=show_day(letter.today),
        last_day=show_day(last_day_to_log_in(counted_on, told_on)),
        grace_until=show_day(last_day_of_grace(counted_on, told_on)),
        support=operator.support_desk.in_mails,
        reception=operator.desks[0].in_mails,
    )
    return Composed(MAIL_SUBJECTS[KIND + stage], body, LIST_ID)


def _users(session: Session, mail: Mail) -> Mapping[str, User]:
    batch = batch_of(session, mail)

    def found() -> Mapping[str, User]:
        named = User.public_id.in_({each.about for each in batch if each.about})
        return {
            row.public_id: row
            for row in session.scalars(select(User).where(named).options(joinedload(User.organization)))
        }

    return once_a_batch(session, ("dormant", batch[0].id), found)


def _when_locked(session: Session, mail: Mail, user: User) -> date | None:
    """The day on which the lock notice went, from which the thirty days of grace count at the least."""
    occasion = occasion_of(user.public_id, counted_from(user), Stage.LOCK)
    sent_at = session.scalar(select(Mail.sent_at).where(Mail.occasion == occasion, Mail.id < mail.id))
    return day_of(sent_at) if sent_at else None


def _skip_reason(stage: Stage, user: User, mail: Mail) -> str | None:
    """Judged again as it leaves (F9, C9)."""
    if mail.occasion != occasion_of(user.public_id, counted_from(user), stage):
        return LOGGED_IN
    if user.organization.ended_at is not None:
        return ENDED
    if user.staff_role and stage == Stage.LOCK and user.locked_at is None:
        return NOT_LOCKED
    return DELETED if user.deleted_at is not None and stage != Stage.DELETION else None


def stage_composer(stage: Stage, base_url: str, operator: Operator) -> Composer:
    def compose(session: Session, mail: Mail, now: datetime) -> Composed | Skipped:
        user = _users(session, mail).get(mail.about or "")
        if user is None:
            return Skipped(GONE)
        if reason := _skip_reason(stage, user, mail):
            return Skipped(reason)
        told_on = _when_locked(session, mail, user) if stage == Stage.DELETION else None
        return compose_letter(stage, Letter(user, counted_from(user), day_of(now), told_on), base_url, operator)

    return compose


def stage_composers(base_url: str, operator: Operator) -> dict[str, Composer]:
    """By the kind of the mail."""
    return {KIND + stage: stage_composer(stage, base_url, operator) for stage in Stage}
