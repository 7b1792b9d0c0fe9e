"""The mails about dormant IDs to others than their holders: weekly digest, last contact manager, a run that was refused."""

from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from auth.dormancy import Stage, days_between, last_day_to_log_in
from auth.dormancy_digests import DIGEST, JOB, LAST_MANAGER, RUN_REFUSED, was_deleted_lately, week_of
from auth.dormancy_mails import GONE, LIST_ID, LOGGED_IN, counted_from
from auth.dormancy_queries import is_at_a_stage
from auth.dormancy_shown import Shown, shown
from auth.dormancy_texts import DIGEST as DIGEST_TEXT
from auth.dormancy_texts import LAST_MANAGER as LAST_MANAGER_TEXT
from auth.dormancy_texts import RUN_REFUSED as RUN_REFUSED_TEXT
from auth.dormancy_words import MAIL_SUBJECTS, STAGE_LABELS
from auth.login_id import fold
from auth.models import Organization, User
from base.daily_runs import ended_in
from base.jst import day_of, show_day
from base.mail_claims import Composer
from base.mail_text import Composed, Skipped
from base.outbox import Mail
from base.settings import Operator


def _line(one: Shown) -> str:
    name = f"・{one.user.name_kanji} 様({one.user.login_id})"
    if one.stage == Stage.DELETION:
        return f"{name}\n  {show_day(one.stage_on)} に{STAGE_LABELS[one.stage]}"
    following = STAGE_LABELS[one.next_stage] if one.next_stage else ""
    then = f"、{show_day(one.next_on)} 以降に{following}" if one.next_on else ""
    return f"{name}\n  {one.days}日経過、{STAGE_LABELS[one.stage]}済み{then}"


def _told_of(session: Session, of: Organization, now: datetime) -> list[Shown]:
    is_told_of = or_(User.deleted_at.is_(None) & is_at_a_stage(), was_deleted_lately(day_of(now)))
    people = select(User).where(User.organization_id == of.id, is_told_of).order_by(User.name_kana, User.id)
    return shown(session, session.scalars(people).all(), now)


def digest_composer(base_url: str, operator: Operator) -> Composer:
    """R5-44: as it stands when the mail leaves."""

    def compose(session: Session, mail: Mail, now: datetime) -> Composed | Skipped:
        if not mail.occasion.endswith(f":{week_of(day_of(now))}"):
            return Skipped("次の週のお知らせに含めます。")
        of = session.scalars(select(Organization).where(Organization.public_id == mail.about)).one()
        managers = (User.login_id_folded == fold(mail.address), User.contact_role.is_not(None))
        here = (User.organization_id == of.id, User.deleted_at.is_(None))
        manager = session.scalars(select(User).where(*managers, *here)).one_or_none()
        if manager is None:
            return Skipped("システム窓口責任者ではなくなりました。")
        people = _told_of(session, of, now)
        if of.ended_at is not None or not people:
            return Skipped("お知らせする利用者がいません。")
        body = DIGEST_TEXT.format(
            organization=of.name,
            person=manager.name_kanji,
            operator=operator.name,
            lines="\n".join(_line(one) for one in people),
            base_url=base_url,
            reception=operator.desks[0].in_mails,
        )
        return Composed(MAIL_SUBJECTS[DIGEST], body, LIST_ID)

    return compose


def last_manager_composer(base_url: str) -> Composer:
    """To the desk: an organization is about to lose its last contact manager (R5-40)."""

    def compose(session: Session, mail: Mail, now: datetime) -> Composed | Skipped:
        named = select(User).where(User.public_id == mail.about).options(joinedload(User.organization))
        user = session.scalars(named).one_or_none()
        if user is None or user.deleted_at is not None:
            return Skipped(GONE)
        if not mail.occasion.endswith(counted_from(user).isoformat()):
            return Skipped(LOGGED_IN)
        counted_on, today = day_of(counted_from(user)), day_of(now)
        body = LAST_MANAGER_TEXT.format(
            organization=user.organization.name,
            person=user.name_kanji,
            login_id=user.login_id,
            counted="最終ログイン" if user.last_login_at else "IDの発行",
            counted_from=show_day(counted_on),
            days=days_between(counted_on, today),
            last_day=show_day(last_day_to_log_in(counted_on, today)),
            base_url=base_url,
        )
        return Composed(f"{MAIL_SUBJECTS[LAST_MANAGER]}:{user.organization.name}", body, LIST_ID)

    return compose


def refusal_composer(base_url: str) -> Composer:
    def compose(session: Session, mail: Mail, _now: datetime) -> Composed | Skipped:
        on = date.fromisoformat(mail.about or "")
        if ended_in(session, JOB, on, on):
            return Skipped("この日の処理は、すでに実行されています。")
        body = RUN_REFUSED_TEXT.format(on=show_day(on), date=on.isoformat(), base_url=base_url)
        return Composed(f"【要確認】{MAIL_SUBJECTS[RUN_REFUSED]}", body, LIST_ID)

    return compose


def other_composers(base_url: str, operator: Operator) -> dict[str, Composer]:
    """By the kind of the mail."""
    return {
        DIGEST: digest_composer(base_url, operator),
        LAST_MANAGER: last_manager_composer(base_url),
        RUN_REFUSED: refusal_composer(base_url),
    }
