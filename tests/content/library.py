"""Articles for readers' tests: each comes out as it does from the staff's hands, with its page's version raised."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from io import BytesIO
from typing import Any

from flask import Flask
from sqlalchemy import select, update

from auth.models import User
from base.db import transaction
from content.files.storage import FolderStore
from content.models import Article, Attachment, Page
from content.page_versions import raise_versions
from tests import make
from tests.cast import Cast
from tests.certificates import NOW

HIDDEN_WORD = "未公開検針"
_CHANGING = re.compile(r'(name="(?:csrf_token|form_key)" value=")[^"]*')


def steady(page: str) -> str:
    """A page without what differs from one request to the next by nature: the keys of its forms."""
    return _CHANGING.sub(r"\1", page)


class Library:
    def __init__(self, app: Flask, cast: Cast) -> None:
        self.app = app
        self.author_id = cast.reception.user_id
        self.store = FolderStore(app.config["PORTAL"].files_dir)

    def publish(self, on: str = "common", title: str = "お知らせの件名", **facts: Any) -> str:
        """Answers the article's public id."""
        with self.app.app_context(), transaction() as session:
            author = session.get_one(User, self.author_id)
            row = make.article(session, author, on=on, title=title, **facts)
            raise_versions(session, [row.page_id])
            return row.public_id

    def publish_many(self, count: int, on: str = "common", **facts: Any) -> list[str]:
        """Newest first, a minute apart."""
        times = [NOW - timedelta(minutes=number + 1) for number in range(count)]
        return [self.publish(on, f"第{number}号", published_at=at, **facts) for number, at in enumerate(times)]

    def change(self, public_id: str, **columns: Any) -> None:
        with self.app.app_context(), transaction() as session:
            row = session.scalars(select(Article).where(Article.public_id == public_id)).one()
            for name, value in columns.items():
                setattr(row, name, value)
            raise_versions(session, [row.page_id])

    def withdraw(self, public_id: str, at: datetime = NOW) -> None:
        self.change(public_id, withdrawn_at=at, withdraw_reason="内容の誤り")

    def narrow(self, slug: str) -> None:
        self.set_page(slug, is_narrowed=True)

    def set_page(self, slug: str, **columns: Any) -> None:
        with self.app.app_context(), transaction() as session:
            session.execute(update(Page).where(Page.slug == slug).values(**columns))
            raise_versions(session, [make.page(session, slug).id])

    def attach(self, article: str, content: Callable[[], Any], name: str = "手順書.pdf", **facts: Any) -> str:
        """Answers the file's public id."""
        stored = self.store.save(content(), 1 << 20)
        with self.app.app_context(), transaction() as session:
            row = session.scalars(select(Article).where(Article.public_id == article)).one()
            file = Attachment(
                article_id=row.id,
                name=name,
                kind="PDF",
                media_type="application/pdf",
                size=stored.size,
                sha256=stored.sha256,
                page_count=3,
                storage_key=stored.key,
                position=1,
                **{"added_at": NOW, **facts},
            )
            session.add(file)
            raise_versions(session, [row.page_id])
            session.flush()
            return file.public_id

    def manual(self, article: str, *contents: bytes, name: str = "操作マニュアル") -> tuple[str, list[str]]:
        """Of these versions, a day apart and the last NOW; answers its public id and those of its files."""
        days = range(len(contents) - 1, -1, -1)
        files = [
            self.attach(article, partial(BytesIO, content), f"{name}_{number}.pdf", added_at=NOW - timedelta(days=ago))
            for number, (content, ago) in enumerate(zip(contents, days, strict=True), start=1)
        ]
        with self.app.app_context(), transaction() as session:
            found = {row.public_id: row for row in session.scalars(select(Attachment))}
            manual = make.manual(session, *(found[file] for file in files), name=name)
            raise_versions(session, [found[files[0]].article.page_id])
            return manual.public_id, files

    def remove(self, file: str) -> None:
        with self.app.app_context(), transaction() as session:
            row = session.scalars(select(Attachment).where(Attachment.public_id == file)).one()
            row.removed_at = NOW
            raise_versions(session, [row.article.page_id])
