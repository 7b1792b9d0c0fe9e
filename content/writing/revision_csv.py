"""An article's revisions as a file for Excel (R2-3, R7-4)."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from sqlalchemy import Row

from base.csv_out import csv_moment
from content.models import Publication

HEADINGS = ("版", "件名", "保存日時", "保存した人", "公開日時", "メール件数", "送信不要の理由")


def revision_rows(
    rows: Iterable[Row[int, str, datetime, str]], published: Mapping[int, Publication]
) -> Iterator[tuple[object, ...]]:
    yield HEADINGS
    for number, title, saved_at, name in rows:
        yield (number, title, csv_moment(saved_at), name, *_told(published.get(number)))


def _told(publication: Publication | None) -> tuple[object, ...]:
    if publication is None:
        return "", "", ""
    count = publication.mail_count if publication.is_mailed and publication.announced_at else ""
    return csv_moment(publication.at), count, publication.suppress_reason or ""
