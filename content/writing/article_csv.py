"""The staff's lists of articles as files for Excel, written while they are read (R2-3, R8-7)."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from flask import Response, stream_with_context

from base.csv_out import csv_lines, csv_moment
from base.jst import day_of
from content.article_queries import state_of
from content.models import Article
from content.writing.article_words import STATE_TAGS, TURN_TAGS
from content.writing.upcoming import Upcoming

HEADINGS = (
    *("状態", "ページ", "カテゴリ", "種類", "件名", "作成者", "最終保存", "最終保存者", "公開日時", "掲載終了"),
    *("取り下げ日時", "取り下げの理由", "固定表示", "重要の期限", "確認の依頼", "版", "記事番号"),
)
UPCOMING = ("日時", "内容", "ページ", "カテゴリ", "種類", "件名", "作成者", "記事番号")


def articles_csv(articles: Iterable[Article], now: datetime) -> Response:
    return _answer(_rows(articles, now), "articles", now)


def upcoming_csv(found: Iterable[Upcoming], now: datetime) -> Response:
    return _answer(_turns(found), "upcoming-articles", now)


def _answer(rows: Iterable[Iterable[object]], name: str, now: datetime) -> Response:
    answer = Response(stream_with_context(csv_lines(rows)), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f"attachment; filename={name}-{day_of(now):%Y%m%d}.csv"
    return answer


def _rows(articles: Iterable[Article], now: datetime) -> Iterator[tuple[object, ...]]:
    yield HEADINGS
    for each in articles:
        place = (each.page.name, each.category.name, each.kind.name, each.title, each.author.name_kanji)
        saved = (csv_moment(each.edited_at), each.editor.name_kanji)
        times = (csv_moment(each.published_at), csv_moment(each.ends_at), csv_moment(each.withdrawn_at))
        marks = ("固定" if each.is_pinned else "", csv_moment(each.important_until), csv_moment(each.ack_asked_at))
        reason = each.withdraw_reason or ""
        yield (
            STATE_TAGS[state_of(each, now)][0],
            *place,
            *saved,
            *times,
            reason,
            *marks,
            each.revision,
            each.public_id,
        )


def _turns(found: Iterable[Upcoming]) -> Iterator[tuple[object, ...]]:
    yield UPCOMING
    for each in found:
        article = each.article
        place = (article.page.name, article.category.name, article.kind.name, article.title, article.author.name_kanji)
        yield (csv_moment(each.at), TURN_TAGS[each.turn][0], *place, article.public_id)
