"""What an update mail says; the very same words when somebody has it sent to himself first (R7-13, R9-2)."""

from dataclasses import dataclass
from datetime import datetime

from base.jst import show_time
from base.mail_text import Composed
from base.settings import Operator
from base.words import SITE_NAME
from content.models import ArticleKind, Category, Page

FIRST = "掲載"
UPDATE = "更新"


@dataclass(frozen=True, slots=True)
class Told:
    """`what`: FIRST or UPDATE; `at`: when that was."""

    article: str
    page: Page
    category: Category
    kind: ArticleKind
    title: str
    title_en: str | None
    what: str
    at: datetime


def update_letter(told: Told, base_url: str, operator: Operator) -> Composed:
    place, what = f"{told.page.name} {told.category.name}", told.what
    title = "\n   ".join([told.title, *([told.title_en] if told.title_en else [])])
    desk = operator.desks[0]
    body = f"""システム窓口責任者 各位

{SITE_NAME}の情報を{what}しました。

ページ:{place}({told.kind.name})
件名:{title}
{what}日時:{show_time(told.at)}

次のアドレスを開き、ログインしてご確認ください。
{base_url}/articles/{told.article}

社内および委託先の関係者への周知をお願いいたします。

このメールは、{SITE_NAME}に登録されたシステム窓口責任者の連絡先へ自動でお送りしています。
このメールへの返信は受け付けておりません。ご不明な点や連絡先の変更は、下記までご連絡ください。

{operator.name}
{desk.name} {desk.phone} {desk.mail}
"""
    subject = f"【{SITE_NAME}】{place}:{told.title}({what})"
    return Composed(subject, body, f"{told.page.slug}.{told.category.slug}")
