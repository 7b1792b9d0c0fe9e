"""The update mail: what it says, and whether it still has a point at the moment it is sent (R7-13..R7-16, F9, F10)."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, joinedload

from base.mail_claims import Composer, batch_of, once_a_batch
from base.mail_text import Composed, Skipped
from base.outbox import Mail
from base.settings import Operator
from content.mailing.publications import REPLACED, why_not_told
from content.mailing.queries import known_address, organization_facts, page_facts
from content.mailing.recipients import mailing_list
from content.mailing.update_letters import FIRST, UPDATE, Told, update_letter
from content.models import Article, ArticleRevision, ContactAddress, Publication
from content.visibility import PageFacts

NOT_VERIFIED = "送信する時点で、この連絡先は本登録されていませんでした。"
OUT_OF_SIGHT = "送信する時点で、この事業者にはこのページの閲覧権がありませんでした。"


def update_mail_composer(base_url: str, operator: Operator) -> Composer:
    """For mails of kind `publication`; their `about` is the publication."""

    def compose(session: Session, mail: Mail, now: datetime) -> Composed | Skipped:
        def shared() -> tuple[Composed | Skipped, PageFacts]:
            publication = session.scalars(select(Publication).where(Publication.public_id == mail.about)).one()
            return _text(session, publication, base_url, operator, now), page_facts(publication.article.page)

        composed, page = once_a_batch(session, ("publication", mail.about), shared)
        if isinstance(composed, Skipped):
            return composed
        return _refusal(session, mail, page, now) or composed

    return compose


def _text(
    session: Session, publication: Publication, base_url: str, operator: Operator, now: datetime
) -> Composed | Skipped:
    if needless := why_not_told(publication.article, now):
        return Skipped(needless)
    if _is_replaced(session, publication):
        return Skipped(REPLACED)
    return update_letter(_told(session, publication), base_url, operator)


def _is_replaced(session: Session, publication: Publication) -> bool:
    """By a later one that is mailed; a later one without mails leaves this the only word the recipient gets."""
    later = select(Publication.id).where(
        Publication.article_id == publication.article_id,
        Publication.revision > publication.revision,
        Publication.is_mailed.is_(True),
    )
    return session.scalars(later.limit(1)).first() is not None


def _first_revision(session: Session, article: Article) -> int | None:
    of_article = select(Publication.revision).where(Publication.article_id == article.id)
    return session.scalars(of_article.order_by(Publication.revision).limit(1)).first()


def _told(session: Session, publication: Publication) -> Told:
    article = publication.article
    is_first = publication.revision == _first_revision(session, article)
    return Told(
        article.public_id,
        article.page,
        article.category,
        article.kind,
        publication.title,
        _english_title(session, publication),
        FIRST if is_first else UPDATE,
        publication.at,
    )


def _english_title(session: Session, publication: Publication) -> str | None:
    """Of the very revision that went public; none where it has no English."""
    here = (ArticleRevision.article_id == publication.article_id, ArticleRevision.number == publication.revision)
    return session.scalars(select(ArticleRevision.title_en).where(*here)).first()


def _refusal(session: Session, mail: Mail, page: PageFacts, now: datetime) -> Skipped | None:
    """Asked anew as the mail leaves: the address may be gone, its organization ended or out of the system (F9)."""
    own = _own_addresses(session, mail).get((mail.organization_id, mail.address_folded), [])
    if refusal_among(session, own, page, now) is None:
        return None
    here = current_addresses(session, ContactAddress.address_folded == mail.address_folded)
    return refusal_among(session, here, page, now)


def current_addresses(session: Session, *which: ColumnElement[bool]) -> Sequence[ContactAddress]:
    current = select(ContactAddress).where(ContactAddress.removed_at.is_(None), *which)
    return session.scalars(current.options(joinedload(ContactAddress.organization))).all()


def _own_addresses(session: Session, mail: Mail) -> dict[tuple[int | None, str], list[ContactAddress]]:
    """By organization and mailbox, those for which this mail's batch was queued."""
    batch = batch_of(session, mail)

    def rows() -> dict[tuple[int | None, str], list[ContactAddress]]:
        theirs = ContactAddress.organization_id.in_({each.organization_id for each in batch})
        named = ContactAddress.address_folded.in_({each.address_folded for each in batch})
        found: dict[tuple[int | None, str], list[ContactAddress]] = {}
        for row in current_addresses(session, theirs, named):
            found.setdefault((row.organization_id, row.address_folded), []).append(row)
        return found

    return once_a_batch(session, ("own addresses", batch[0].id), rows)


def refusal_among(session: Session, rows: Sequence[ContactAddress], page: PageFacts, now: datetime) -> Skipped | None:
    """Why none of these addresses may be told of what is on the page; None where one may."""
    known = once_a_batch(session, "organizations", lambda: {each.id: each for each in organization_facts(session)})
    organizations = [known[row.organization_id] for row in rows if row.organization_id in known]
    found = mailing_list(page, organizations, [known_address(row, now) for row in rows])
    if found.mailed:
        return None
    return Skipped(OUT_OF_SIGHT if any(row.verified_at for row in rows) else NOT_VERIFIED)
