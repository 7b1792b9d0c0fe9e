"""Staff begin with what another article says (R7-4)."""

from contextlib import ExitStack
from datetime import datetime
from typing import BinaryIO

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from auth.gate import actor, viewer
from auth.permissions import PUBLISH
from base.audience import audience, staff
from base.db import db
from base.form_keys import new_form_key, once
from base.refusals import Refused
from base.sentences import say
from content.files.attachments import Upload, current_attachments, stored_files
from content.files.shown_files import shown_file
from content.files.storage import FileStore
from content.files.stores import file_store
from content.models import Attachment
from content.writing.article_copies import copy_article, linked_files
from content.writing.staff_views import attachment_limit, existing, home_of
from content.writing.tags import tags_of

WITH_FILES = "with_files"


@audience(staff(PUBLISH))
def show_copy(public_id: str) -> str:
    return _page(public_id)


def _page(public_id: str, why: str = "") -> str:
    session, article = db.session(), existing(public_id)
    files = current_attachments(session, article)
    return render_template(
        "publishing/copy.html",
        article=article,
        home=home_of(article),
        tags=tags_of(session, article.id),
        files=[shown_file(each) for each in files],
        linked=len(linked_files(article, files)),
        why=why,
        form_key=new_form_key(),
    )


def _opened(store: FileStore, file: Attachment) -> BinaryIO:
    try:
        return store.open(file.storage_key)
    except FileNotFoundError as fault:
        raise Refused(
            say("「%(name)s」: 元のファイルが見つかりません。添付ファイルを写さずにお試しください。", name=file.name)
        ) from fault


@audience(staff(PUBLISH))
def copy(public_id: str) -> ResponseReturnValue:
    session, article, store = db.session(), existing(public_id), file_store()
    wanted = current_attachments(session, article) if WITH_FILES in request.form else []
    try:
        with ExitStack() as opened:
            uploads = [Upload(each.name, opened.enter_context(_opened(store, each))) for each in wanted]
            files = opened.enter_context(stored_files(session, store, uploads, attachment_limit()))

            def draft(session: Session, now: datetime) -> str:
                return home_of(copy_article(session, existing(public_id), wanted, files, by=actor(), now=now))

            answer = once(viewer().user_id, draft)
    except Refused as refusal:
        return _page(public_id, refusal.reason), refusal.form_status
    flash(_("写しを下書きに作りました。内容を直してから公開してください。"), "success")
    return answer
