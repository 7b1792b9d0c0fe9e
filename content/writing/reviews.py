"""The second pair of eyes: asked for, taken back, given or refused with a word, and asked of whatever goes public (R7-4)."""

from datetime import datetime

from sqlalchemy.orm import Session

from base.actors import Actor
from base.audit import record
from base.mail_text import on_one_line
from base.refusals import Conflict, Refused
from base.sentences import say
from content.article_queries import state_of
from content.article_states import ArticleState
from content.models import Article
from content.writing.articles import EditedMeanwhile, person_of, refuse_moved_on
from content.writing.review_models import Review
from content.writing.review_queries import editors_of, files_seen, last_review, state_of_review
from content.writing.review_states import ReviewState

LONGEST_WORD = 500
GONE = {ArticleState.ENDED, ArticleState.WITHDRAWN}


def ask_review(
    session: Session, article: Article, *, revision: int, words: str | None, by: Actor, now: datetime
) -> Review:
    """`words`: the typed update of what is public or planned; None for a draft as it is saved."""
    if state_of(article, now) in GONE:
        raise EditedMeanwhile(say("公開中の記事ではなくなっています。"))
    refuse_moved_on(article, revision)
    _refuse_second(session, article)
    review = Review(
        article_id=article.id,
        revision=revision,
        files=files_seen(session, article),
        words=words,
        asked_at=now,
        asked_by_id=person_of(by),
    )
    session.add(review)
    session.flush()
    after = {"title": article.title, "revision": revision}
    record(session, "article review asked", article.public_id, by=by, now=now, after=after)
    return review


def take_review_back(session: Session, article: Article, *, by: Actor, now: datetime) -> None:
    session.delete(_open(session, article))
    record(session, "article review taken back", article.public_id, by=by, now=now, after={"title": article.title})


def approve(session: Session, article: Article, *, revision: int, files: str, by: Actor, now: datetime) -> None:
    """`revision` and `files` are those that the person looked at (E18)."""
    review = _open(session, article)
    if state_of(article, now) in GONE:
        raise Conflict(say("公開中の記事ではなくなっています。"))
    refuse_moved_on(article, revision)
    if files != files_seen(session, article):
        raise Conflict(say("この画面を開いたあとに、添付ファイルが変わりました。もう一度ご確認ください。"))
    _refuse_taken_away(review, files)
    _decide(session, article, review, by, now)
    review.is_approved, review.revision, review.files = True, revision, files
    after = {"title": article.title, "revision": revision}
    record(session, "article approved", article.public_id, by=by, now=now, after=after)


def give_back(session: Session, article: Article, word: str, *, by: Actor, now: datetime) -> None:
    """差戻し: what has to be done before it may go public."""
    kept = on_one_line(word)[:LONGEST_WORD]
    if not kept:
        raise Refused(say("差し戻す理由を入力してください。"), field="word")
    review = _open(session, article)
    _decide(session, article, review, by, now)
    review.is_approved, review.return_word = False, kept
    after = {"title": article.title, "reason": kept}
    record(session, "article returned", article.public_id, by=by, now=now, after=after)


def refuse_unapproved(session: Session, article: Article) -> None:
    """Of an article as it is saved: its very revision, with its very files."""
    review = last_review(session, article)
    is_saved = review is None or review.words is None
    if not is_saved or state_of_review(session, article, review) is not ReviewState.APPROVED:
        raise Conflict(say("まだ承認されていません。承認を受けてから公開してください。"))


def approved_words(session: Session, article: Article) -> Review:
    """The typed update that was approved, and that nobody's has overtaken."""
    review = last_review(session, article)
    is_approved = state_of_review(session, article, review) is ReviewState.APPROVED
    if review is None or review.words is None or not is_approved:
        raise Conflict(say("この更新はまだ承認されていません。承認を受けてから公開してください。"))
    return review


def note_saved(session: Session, article: Article, review: Review) -> None:
    """What was approved as typed is the article's own revision now."""
    review.words, review.revision, review.files = None, article.revision, files_seen(session, article)


def _open(session: Session, article: Article) -> Review:
    review = last_review(session, article)
    if review is None or review.decided_at is not None:
        raise Conflict(say("承認の依頼はありません。ほかの方がすでに判断したか、依頼を取りやめています。"))
    return review


def _decide(session: Session, article: Article, review: Review, by: Actor, now: datetime) -> None:
    if person_of(by) in editors_of(session, article, review):
        raise Conflict(say("ご自身が書いた内容は、ほかの担当者が承認します。"))
    review.decided_at, review.decided_by_id = now, person_of(by)


def _refuse_taken_away(review: Review, files: str) -> None:
    """Whoever added a file is known and can't approve it; who removed one, or changed what is said of it, isn't."""
    if review.words is None and set(filter(None, review.files.split(","))) - set(files.split(",")):
        raise Conflict(
            say(
                "承認の依頼のあとに、添付ファイルが外されたか、資料の名前や変更点が変わりました。依頼を取りやめて、もう一度依頼してください。"
            )
        )


def _refuse_second(session: Session, article: Article) -> None:
    review = last_review(session, article)
    if review is not None and review.decided_at is None:
        raise Conflict(
            say(
                "%(name)sさんがすでに承認を依頼しています。先にその依頼を取りやめてください。",
                name=review.asked_by.name_kanji,
            )
        )
