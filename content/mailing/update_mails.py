"""The update mail: what it says, and whether it still has a point at the moment it is sent (R7-13..R7-16, F9, F10)."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from base.mail_address import folded
from base.mail_claims import ForMany, Outcome, Recipient
from base.mail_text import Composed, Skipped
from base.settings import Operator
from content.addresses.states import AddressState
from content.mailing.publications import REPLACED, why_not_told
from content.mailing.queries import addresses_among, known_addresses, organization_facts, page_facts
from content.mailing.recipients import KnownAddress, mailing_list
from content.mailing.update_letters import FIRST, UPDATE, Told, update_letter
from content.models import Article, ArticleRevision, ContactAddress, Publication
from content.visibility import OrganizationFacts, PageFacts

NOT_VERIFIED = "送信する時点で、この連絡先は本登録されていませんでした。"
OUT_OF_SIGHT = "送信する時点で、この事業者にはこのページの閲覧権がありませんでした。"


def update_mail_composer(base_url: str, operator: Operator) -> ForMany:
    """For mails of kind `publication`; their `about` is the publication."""

    def compose(session: Session, mails: Sequence[Recipient], now: datetime) -> list[Outcome]:
        outcomes: dict[int, Outcome] = {}
        for about in {mail.about for mail in mails}:
            publication = session.scalars(select(Publication).where(Publication.public_id == about)).one()
            told = [mail for mail in mails if mail.about == about]
            text = _text(session, publication, base_url, operator, now)
            outcomes |= dict.fromkeys((mail.id for mail in told), text)
            if isinstance(text, Composed):
                outcomes |= refusals(session, told, page_facts(publication.article.page), now)
        return [outcomes[mail.id] for mail in mails]

    return ForMany(compose)


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


def refusals(session: Session, mails: Sequence[Recipient], page: PageFacts, now: datetime) -> dict[int, Skipped]:
    """Asked anew as they leave: the address may be gone, its organization ended or out of the system (F9)."""
    organizations = organization_facts(session)
    own = [(mail.organization_id, mail.address_folded) for mail in mails]
    told = _mailboxes(page, organizations, addresses_among(session, own, now))
    return {
        mail.id: refusal
        for mail in mails
        if mail.address_folded not in told
        and (refusal := refusal_among(organizations, addresses_at(session, mail.address_folded, now), page))
    }


def addresses_at(session: Session, mailbox: str, now: datetime) -> list[KnownAddress]:
    """A mailbox may serve several organizations."""
    return known_addresses(session, now, ContactAddress.address_folded == mailbox)


def _mailboxes(
    page: PageFacts, organizations: Iterable[OrganizationFacts], known: Iterable[KnownAddress]
) -> frozenset[str]:
    return frozenset(folded(each.address) for each in mailing_list(page, organizations, known).mailed)


def refusal_among(
    organizations: Iterable[OrganizationFacts], known: Sequence[KnownAddress], page: PageFacts
) -> Skipped | None:
    """Why none of these addresses may be told of what is on the page; None where one may."""
    if _mailboxes(page, organizations, known):
        return None
    # What stands as removed here hasn't been, but its organization has ended.
    was_verified = {AddressState.VERIFIED, AddressState.REMOVED}
    return Skipped(OUT_OF_SIGHT if any(each.state in was_verified for each in known) else NOT_VERIFIED)
