"""pages, categories and kinds of articles (R7-1)

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

PAGES = (
    ("common", "共通", None),
    ("taxis", "TAXIS", "TAXIS"),
    ("johs", "JOHS", "JOHS"),
    ("juju", "JUJU", "JUJU"),
    ("loacus", "LOACUS", "LOACUS"),
    ("api", "API", "API"),
)
CATEGORIES = (("notices", "お知らせ"), ("reference", "基本情報"))
KINDS = (
    ("notices", "business", "業務", "blue"),
    ("notices", "system-change", "システム変更", "blue"),
    ("notices", "planned-stop", "計画停止", "amber"),
    ("notices", "disturbance", "障害", "red"),
    ("reference", "manual", "マニュアル", ""),
    ("reference", "faq", "FAQ", ""),
    ("reference", "form", "様式", ""),
    ("reference", "specification", "仕様書", ""),
)


def upgrade():
    page = sa.table(
        "page",
        *(sa.column(name) for name in ("slug", "name", "system", "position", "version")),
        sa.column("is_narrowed", sa.Boolean),
    )
    category = sa.table("category", *(sa.column(name) for name in ("id", "slug", "name", "position")))
    kind = sa.table(
        "article_kind", *(sa.column(name) for name in ("category_id", "slug", "name", "tone", "position"))
    )
    op.bulk_insert(
        page,
        [
            {"slug": slug, "name": name, "system": system, "position": number, "version": 1, "is_narrowed": False}
            for number, (slug, name, system) in enumerate(PAGES, start=1)
        ],
    )
    op.bulk_insert(
        category, [{"slug": slug, "name": name, "position": i} for i, (slug, name) in enumerate(CATEGORIES, start=1)]
    )
    ids = {row.slug: row.id for row in op.get_bind().execute(sa.select(category.c.id, category.c.slug))}
    op.bulk_insert(
        kind,
        [
            {"category_id": ids[of], "slug": slug, "name": name, "tone": tone, "position": number}
            for number, (of, slug, name, tone) in enumerate(KINDS, start=1)
        ],
    )


def downgrade():
    for table in ("article_kind", "category", "page"):
        op.execute(f"DELETE FROM {table}")
