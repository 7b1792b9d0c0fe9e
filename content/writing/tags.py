"""Words that articles share (R7-4): readers press one and see what else has it."""

from collections.abc import Collection, Sequence

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from base.db import dialect_insert
from content.search.index import moved
from content.search.words import folded
from content.writing.models import ArticleTag, Tag

MOST_SUGGESTED = 200


def tags_of(session: Session, article_id: int) -> tuple[str, ...]:
    """In the order of their folded spelling, so that two articles name them alike."""
    here = select(Tag.name).join(ArticleTag, ArticleTag.tag_id == Tag.id).where(ArticleTag.article_id == article_id)
    return tuple(session.scalars(here.order_by(Tag.folded)))


def tags_of_each(session: Session, article_ids: Collection[int]) -> dict[int, list[str]]:
    """Likewise, of several articles; those without any aren't in it."""
    wanted = select(ArticleTag.article_id, Tag.name).join(Tag, ArticleTag.tag_id == Tag.id)
    found: dict[int, list[str]] = {}
    for article_id, name in session.execute(wanted.where(ArticleTag.article_id.in_(article_ids)).order_by(Tag.folded)):
        found.setdefault(article_id, []).append(name)
    return found


def set_tags(session: Session, article_id: int, names: Sequence[str]) -> bool:
    """`names` as `read_tags` answers them; answers whether anything is different. A tag keeps its first spelling."""
    wanted = {folded(name): name for name in names}
    here = select(Tag.folded, Tag.id).join(ArticleTag, ArticleTag.tag_id == Tag.id)
    before = dict(session.execute(here.where(ArticleTag.article_id == article_id)).all())
    if before.keys() == wanted.keys():
        return False
    gone = [tag_id for word, tag_id in before.items() if word not in wanted]
    moved(session, article_id)
    session.execute(delete(ArticleTag).where(ArticleTag.article_id == article_id, ArticleTag.tag_id.in_(gone)))
    added = _ids_of(session, {word: name for word, name in wanted.items() if word not in before})
    session.add_all(ArticleTag(article_id=article_id, tag_id=tag_id) for tag_id in added)
    session.flush()
    return True


def _ids_of(session: Session, wanted: dict[str, str]) -> Collection[int]:
    """New words become tags; in one order, so that two who bring the same ones never wait in a circle."""
    if not wanted:
        return ()
    rows = [{"folded": word, "name": wanted[word]} for word in sorted(wanted)]
    session.execute(dialect_insert(session, Tag).on_conflict_do_nothing(index_elements=["folded"]), rows)
    return session.scalars(select(Tag.id).where(Tag.folded.in_(wanted))).all()


def suggested_tags(session: Session) -> Sequence[str]:
    """Those in use, the most used first."""
    uses = func.count(ArticleTag.article_id)
    used = select(Tag.name).join(ArticleTag, ArticleTag.tag_id == Tag.id).group_by(Tag.id, Tag.name, Tag.folded)
    return session.scalars(used.order_by(uses.desc(), Tag.folded).limit(MOST_SUGGESTED)).all()
