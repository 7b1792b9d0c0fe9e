"""What waits because of accounts: on the reception center's desk, and for contact managers (R6-1)."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.account_states import AccountState
from auth.credential_queries import facts_of, latest_pairs, state_of
from auth.credential_states import PairState, pair_until
from auth.models import CredentialPair, Organization, User
from auth.user_queries import HAS_NO_PASSWORD
from auth.viewer import Viewer
from base.waiting import Figure, Todo
from base.words import moment

Todos = Callable[[Session, Viewer, datetime], list[Todo]]
MOST_TODOS = 10
LIST = "/staff/users?state="


def figures(session: Session, days: int, now: datetime) -> list[Figure]:
    """Pairs that nobody used in time, and pairs that wait for a certificate: their people can't log in."""
    waiting = select(User.id).join(Organization, Organization.id == User.organization_id)
    waiting = waiting.where(HAS_NO_PASSWORD, Organization.ended_at.is_(None))
    states = Counter(state_of(pair, days, now) for pair in latest_pairs(session, waiting).values())
    expired, held = states[PairState.EXPIRED], states[PairState.HELD]
    return [
        Figure(expired, _("認証情報登録の期限切れ"), f"{LIST}{AccountState.UNREGISTERED}", is_late=expired > 0),
        Figure(held, _("認証情報のメール保留"), f"{LIST}{AccountState.UNREGISTERED}"),
    ]


def todos(days: int) -> Todos:
    """People of the contact manager's own organization whose credentials aren't registered, and until when they can be."""

    def waiting(session: Session, viewer: Viewer, now: datetime) -> list[Todo]:
        if not viewer.is_contact_manager:
            return []
        own = select(User).where(User.organization_id == viewer.organization_id, HAS_NO_PASSWORD)
        people = session.scalars(own.order_by(User.name_kana, User.id)).all()
        pairs = latest_pairs(session, own.with_only_columns(User.id))
        lines = [_todo(user, pairs[user.id], days, now) for user in people if user.id in pairs]
        rest = len(lines) - MOST_TODOS
        return lines if rest <= 0 else [*lines[:MOST_TODOS], _more(rest)]

    return waiting


def _more(rest: int) -> Todo:
    title = _("ほか%(count)s名の認証情報が登録されていません", count=rest)
    return Todo(_("認証情報"), "blue", title, _("登録が進むと、次の方が表示されます"), "/help#faq", _("手順を見る"))


def _todo(user: User, pair: CredentialPair, days: int, now: datetime) -> Todo:
    state, until = state_of(pair, days, now), pair_until(facts_of(pair), days)
    is_over = state in {PairState.EXPIRED, PairState.KILLED}
    title = _("%(name)sさんの認証情報が登録されていません", name=user.name_kanji)
    if is_over:
        note = _("URLの期限が切れたか、使えなくなりました。ご本人から認証サポート窓口へ再送をご依頼ください")
    elif state is PairState.HELD:
        note = _("貴社のクライアント証明書が登録されると、ご本人にメールが届きます")
    elif until is not None:
        note = _("ご本人に届いた2通のメールで、%(time)s までに登録してください", time=moment(until))
    else:
        note = _("まもなくご本人に2通のメールが届きます")
    return Todo(_("認証情報"), "red" if is_over else "blue", title, note, "/help#faq", _("手順を見る"))
