"""writing: ends, English, review, typed text, templates, tags; versions of manuals; hours of systems; calendar feeds

Revision ID: 0006
Revises: 0005
"""

from datetime import date

import sqlalchemy as sa
from alembic import op


revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None

HOURS = {"TAXIS": (450, 1260), "JOHS": (450, 1260), "JUJU": (450, 1260), "LOACUS": (0, 1440)}
FIRST_DAY = date(2015, 1, 1)
UPDATED = 'updated_at IS NOT NULL AND published_at IS NOT NULL AND withdrawn_at IS NULL'
ENDING = 'ends_at IS NOT NULL AND published_at IS NOT NULL AND withdrawn_at IS NULL'
CHECKS = {
    'ck_article_ends_after_published': 'ends_at IS NULL OR published_at IS NULL OR ends_at > published_at',
    'ck_article_english_whole': '(title_en IS NULL) = (html_en IS NULL)',
    'ck_article_english_rendered': '(source_en IS NULL) = (html_en IS NULL)',
}


def upgrade():
    op.create_table('tag',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('folded', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_tag')),
    sa.UniqueConstraint('folded', name=op.f('uq_tag_folded'))
    )
    op.create_table('article_template',
    sa.Column('kind_id', sa.Integer(), nullable=False),
    sa.Column('title', sa.String(), nullable=False),
    sa.Column('source', sa.String(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('edited_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('editor_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['editor_id'], ['person.id'], name=op.f('fk_article_template_editor_id_person')),
    sa.ForeignKeyConstraint(['kind_id'], ['article_kind.id'], name=op.f('fk_article_template_kind_id_article_kind')),
    sa.PrimaryKeyConstraint('kind_id', name=op.f('pk_article_template'))
    )
    op.create_table('calendar_feed',
    sa.Column('organization_id', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('renewed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('renewed_by_id', sa.Integer(), nullable=False),
    sa.CheckConstraint('version >= 1', name=op.f('ck_calendar_feed_version')),
    sa.ForeignKeyConstraint(['organization_id'], ['organization.id'], name=op.f('fk_calendar_feed_organization_id_organization')),
    sa.ForeignKeyConstraint(['renewed_by_id'], ['person.id'], name=op.f('fk_calendar_feed_renewed_by_id_person')),
    sa.PrimaryKeyConstraint('organization_id', name=op.f('pk_calendar_feed'))
    )
    op.create_table('site_text',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('slug', sa.String(), nullable=False),
    sa.Column('source', sa.String(), nullable=False),
    sa.Column('html', sa.String(), nullable=False),
    sa.Column('source_en', sa.String(), nullable=True),
    sa.Column('html_en', sa.String(), nullable=True),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('edited_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('editor_id', sa.Integer(), nullable=False),
    sa.CheckConstraint("slug IN ('contact', 'faq')", name=op.f('ck_site_text_slug')),
    sa.CheckConstraint('(source_en IS NULL) = (html_en IS NULL)', name=op.f('ck_site_text_english_rendered')),
    sa.ForeignKeyConstraint(['editor_id'], ['person.id'], name=op.f('fk_site_text_editor_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_site_text')),
    sa.UniqueConstraint('slug', name=op.f('uq_site_text_slug'))
    )
    op.create_table('trial_mail',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(), nullable=False),
    sa.Column('article_id', sa.Integer(), nullable=False),
    sa.Column('page_id', sa.Integer(), nullable=False),
    sa.Column('kind_id', sa.Integer(), nullable=False),
    sa.Column('title', sa.String(), nullable=False),
    sa.Column('title_en', sa.String(), nullable=True),
    sa.Column('is_update', sa.Boolean(), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('asked_by_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['article_id'], ['article.id'], name=op.f('fk_trial_mail_article_id_article')),
    sa.ForeignKeyConstraint(['asked_by_id'], ['person.id'], name=op.f('fk_trial_mail_asked_by_id_person')),
    sa.ForeignKeyConstraint(['kind_id'], ['article_kind.id'], name=op.f('fk_trial_mail_kind_id_article_kind')),
    sa.ForeignKeyConstraint(['page_id'], ['page.id'], name=op.f('fk_trial_mail_page_id_page')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_trial_mail')),
    sa.UniqueConstraint('public_id', name=op.f('uq_trial_mail_public_id'))
    )
    with op.batch_alter_table('trial_mail', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_trial_mail_asked_by_id'), ['asked_by_id'], unique=False)

    op.create_table('system_hours',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('system', sa.String(), nullable=False),
    sa.Column('from_day', sa.Date(), nullable=False),
    sa.Column('opens_minute', sa.Integer(), nullable=False),
    sa.Column('closes_minute', sa.Integer(), nullable=False),
    sa.Column('entered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('entered_by_id', sa.Integer(), nullable=True),
    sa.Column('taken_back_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('taken_back_by_id', sa.Integer(), nullable=True),
    sa.CheckConstraint("system IN ('TAXIS', 'JOHS', 'JUJU', 'LOACUS')", name=op.f('ck_system_hours_system')),
    sa.CheckConstraint('0 <= opens_minute AND opens_minute < closes_minute AND closes_minute <= 1440', name=op.f('ck_system_hours_order')),
    sa.CheckConstraint('(taken_back_at IS NULL) = (taken_back_by_id IS NULL)', name=op.f('ck_system_hours_taken_back_by_somebody')),
    sa.ForeignKeyConstraint(['entered_by_id'], ['person.id'], name=op.f('fk_system_hours_entered_by_id_person')),
    sa.ForeignKeyConstraint(['taken_back_by_id'], ['person.id'], name=op.f('fk_system_hours_taken_back_by_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_system_hours'))
    )
    with op.batch_alter_table('system_hours', schema=None) as batch_op:
        batch_op.create_index('uq_system_hours_in_force', ['system', 'from_day'], unique=True, sqlite_where=sa.text('taken_back_at IS NULL'), postgresql_where=sa.text('taken_back_at IS NULL'))

    op.create_table('article_tag',
    sa.Column('article_id', sa.Integer(), nullable=False),
    sa.Column('tag_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['article_id'], ['article.id'], name=op.f('fk_article_tag_article_id_article')),
    sa.ForeignKeyConstraint(['tag_id'], ['tag.id'], name=op.f('fk_article_tag_tag_id_tag')),
    sa.PrimaryKeyConstraint('article_id', 'tag_id', name=op.f('pk_article_tag'))
    )
    with op.batch_alter_table('article_tag', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_article_tag_tag_id'), ['tag_id'], unique=False)

    op.create_table('article_review',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('article_id', sa.Integer(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('files', sa.String(), nullable=False),
    sa.Column('words', sa.String(), nullable=True),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('asked_by_id', sa.Integer(), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decided_by_id', sa.Integer(), nullable=True),
    sa.Column('is_approved', sa.Boolean(), nullable=True),
    sa.Column('return_word', sa.String(), nullable=True),
    sa.CheckConstraint('(decided_at IS NULL) = (decided_by_id IS NULL)', name=op.f('ck_article_review_decided_by_somebody')),
    sa.CheckConstraint('(decided_at IS NULL) = (is_approved IS NULL)', name=op.f('ck_article_review_decided_somehow')),
    sa.CheckConstraint('(return_word IS NULL) = (is_approved IS NULL OR is_approved)', name=op.f('ck_article_review_returned_with_a_word')),
    sa.ForeignKeyConstraint(['article_id'], ['article.id'], name=op.f('fk_article_review_article_id_article')),
    sa.ForeignKeyConstraint(['asked_by_id'], ['person.id'], name=op.f('fk_article_review_asked_by_id_person')),
    sa.ForeignKeyConstraint(['decided_by_id'], ['person.id'], name=op.f('fk_article_review_decided_by_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_article_review'))
    )
    with op.batch_alter_table('article_review', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_article_review_article_id'), ['article_id'], unique=False)
        batch_op.create_index('uq_article_review_open', ['article_id'], unique=True, sqlite_where=sa.text('decided_at IS NULL'), postgresql_where=sa.text('decided_at IS NULL'))

    op.create_table('autosave',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('article_id', sa.Integer(), nullable=True),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('fields', sa.String(), nullable=False),
    sa.Column('saved_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['article_id'], ['article.id'], name=op.f('fk_autosave_article_id_article')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_autosave_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_autosave')),
    sa.UniqueConstraint('person_id', 'key', name=op.f('uq_autosave_person_id_key'))
    )
    with op.batch_alter_table('autosave', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_autosave_article_id'), ['article_id'], unique=False)

    op.create_table('manual',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(), nullable=False),
    sa.Column('article_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['article_id'], ['article.id'], name=op.f('fk_manual_article_id_article')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_manual')),
    sa.UniqueConstraint('public_id', name=op.f('uq_manual_public_id'))
    )
    with op.batch_alter_table('manual', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_manual_article_id'), ['article_id'], unique=False)

    op.create_table('site_text_revision',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('site_text_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('source', sa.String(), nullable=False),
    sa.Column('source_en', sa.String(), nullable=True),
    sa.Column('saved_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('saved_by_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['saved_by_id'], ['person.id'], name=op.f('fk_site_text_revision_saved_by_id_person')),
    sa.ForeignKeyConstraint(['site_text_id'], ['site_text.id'], name=op.f('fk_site_text_revision_site_text_id_site_text')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_site_text_revision')),
    sa.UniqueConstraint('site_text_id', 'number', name=op.f('uq_site_text_revision_site_text_id_number'))
    )
    op.create_table('manual_read',
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('manual_id', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('last_opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('pc_name', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['manual_id'], ['manual.id'], name=op.f('fk_manual_read_manual_id_manual')),
    sa.ForeignKeyConstraint(['user_id'], ['person.id'], name=op.f('fk_manual_read_user_id_person')),
    sa.PrimaryKeyConstraint('user_id', 'manual_id', 'version', name=op.f('pk_manual_read'))
    )
    with op.batch_alter_table('manual_read', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_manual_read_manual_id'), ['manual_id'], unique=False)

    op.create_table('attachment_text',
    sa.Column('attachment_id', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('text', sa.String(), nullable=False),
    sa.Column('why_not', sa.String(), nullable=True),
    sa.Column('read_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.CheckConstraint("state IN ('read', 'empty', 'failed')", name=op.f('ck_attachment_text_state')),
    sa.ForeignKeyConstraint(['attachment_id'], ['attachment.id'], name=op.f('fk_attachment_text_attachment_id_attachment')),
    sa.PrimaryKeyConstraint('attachment_id', name=op.f('pk_attachment_text'))
    )
    with op.batch_alter_table('article', schema=None) as batch_op:
        batch_op.add_column(sa.Column('title_en', sa.String(), nullable=True))
        batch_op.add_column(sa.Column('source_en', sa.String(), nullable=True))
        batch_op.add_column(sa.Column('html_en', sa.String(), nullable=True))
        batch_op.add_column(sa.Column('ends_at', sa.DateTime(timezone=True), nullable=True))
        for name, condition in CHECKS.items():
            batch_op.create_check_constraint(op.f(name), condition)
        batch_op.create_index('ix_article_updated', ['page_id', 'updated_at'], unique=False, sqlite_where=sa.text(UPDATED), postgresql_where=sa.text(UPDATED))
        batch_op.create_index('ix_article_ending', ['page_id', 'ends_at'], unique=False, sqlite_where=sa.text(ENDING), postgresql_where=sa.text(ENDING))

    with op.batch_alter_table('article_read', schema=None) as batch_op:
        batch_op.add_column(sa.Column('last_opened_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('last_revision', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('revision_before', sa.Integer(), nullable=True))

    with op.batch_alter_table('article_revision', schema=None) as batch_op:
        batch_op.add_column(sa.Column('title_en', sa.String(), nullable=True))
        batch_op.add_column(sa.Column('source_en', sa.String(), nullable=True))

    with op.batch_alter_table('attachment', schema=None) as batch_op:
        batch_op.add_column(sa.Column('scanned_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('manual_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('version', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('what_changed', sa.String(), nullable=True))
        batch_op.add_column(sa.Column('added_by_id', sa.Integer(), nullable=True))
        batch_op.create_unique_constraint(batch_op.f('uq_attachment_manual_id_version'), ['manual_id', 'version'])
        batch_op.create_foreign_key(batch_op.f('fk_attachment_manual_id_manual'), 'manual', ['manual_id'], ['id'])
        batch_op.create_foreign_key(batch_op.f('fk_attachment_added_by_id_person'), 'person', ['added_by_id'], ['id'])
        batch_op.create_check_constraint(op.f('ck_attachment_version_of_manual'), '(manual_id IS NULL) = (version IS NULL)')

    with op.batch_alter_table('publication', schema=None) as batch_op:
        batch_op.add_column(sa.Column('announced_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index('ix_publication_to_come', ['at'], unique=False, sqlite_where=sa.text('announced_at IS NULL'), postgresql_where=sa.text('announced_at IS NULL'))

    with op.batch_alter_table('system_stop', schema=None) as batch_op:
        batch_op.add_column(sa.Column('version', sa.Integer(), nullable=False, server_default='1'))
        batch_op.add_column(sa.Column('changed_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('changed_by_id', sa.Integer(), nullable=True))
        batch_op.create_foreign_key(batch_op.f('fk_system_stop_changed_by_id_person'), 'person', ['changed_by_id'], ['id'])
    op.execute('UPDATE system_stop SET changed_at = coalesce(ended_at, created_at), changed_by_id = coalesce(ended_by_id, created_by_id)')
    with op.batch_alter_table('system_stop', schema=None) as batch_op:
        batch_op.alter_column('version', server_default=None)
        batch_op.alter_column('changed_at', nullable=False)
        batch_op.alter_column('changed_by_id', nullable=False)

    op.execute('UPDATE publication SET announced_at = at')
    hours = sa.table('system_hours', *(sa.column(name) for name in ('system', 'opens_minute', 'closes_minute')), sa.column('from_day', sa.Date))
    op.bulk_insert(hours, [
        {'system': system, 'from_day': FIRST_DAY, 'opens_minute': opens, 'closes_minute': closes}
        for system, (opens, closes) in HOURS.items()
    ])



def downgrade():
    with op.batch_alter_table('system_stop', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_system_stop_changed_by_id_person'), type_='foreignkey')
        batch_op.drop_column('changed_by_id')
        batch_op.drop_column('changed_at')
        batch_op.drop_column('version')

    with op.batch_alter_table('publication', schema=None) as batch_op:
        batch_op.drop_index('ix_publication_to_come', sqlite_where=sa.text('announced_at IS NULL'), postgresql_where=sa.text('announced_at IS NULL'))
        batch_op.drop_column('announced_at')

    with op.batch_alter_table('attachment', schema=None) as batch_op:
        batch_op.drop_constraint(op.f('ck_attachment_version_of_manual'), type_='check')
        batch_op.drop_constraint(batch_op.f('fk_attachment_added_by_id_person'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('fk_attachment_manual_id_manual'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('uq_attachment_manual_id_version'), type_='unique')
        batch_op.drop_column('added_by_id')
        batch_op.drop_column('what_changed')
        batch_op.drop_column('version')
        batch_op.drop_column('manual_id')
        batch_op.drop_column('scanned_at')

    with op.batch_alter_table('article_revision', schema=None) as batch_op:
        batch_op.drop_column('source_en')
        batch_op.drop_column('title_en')

    with op.batch_alter_table('article_read', schema=None) as batch_op:
        batch_op.drop_column('revision_before')
        batch_op.drop_column('last_revision')
        batch_op.drop_column('last_opened_at')

    with op.batch_alter_table('article', schema=None) as batch_op:
        batch_op.drop_index('ix_article_updated', sqlite_where=sa.text(UPDATED), postgresql_where=sa.text(UPDATED))
        batch_op.drop_index('ix_article_ending', sqlite_where=sa.text(ENDING), postgresql_where=sa.text(ENDING))
        for name in CHECKS:
            batch_op.drop_constraint(op.f(name), type_='check')
        batch_op.drop_column('ends_at')
        batch_op.drop_column('html_en')
        batch_op.drop_column('source_en')
        batch_op.drop_column('title_en')

    op.drop_table('attachment_text')
    op.drop_table('trial_mail')
    with op.batch_alter_table('manual_read', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_manual_read_manual_id'))

    op.drop_table('manual_read')
    op.drop_table('site_text_revision')
    with op.batch_alter_table('manual', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_manual_article_id'))

    op.drop_table('manual')
    with op.batch_alter_table('autosave', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_autosave_article_id'))

    op.drop_table('autosave')
    with op.batch_alter_table('article_review', schema=None) as batch_op:
        batch_op.drop_index('uq_article_review_open', sqlite_where=sa.text('decided_at IS NULL'), postgresql_where=sa.text('decided_at IS NULL'))
        batch_op.drop_index(batch_op.f('ix_article_review_article_id'))

    op.drop_table('article_review')
    with op.batch_alter_table('article_tag', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_article_tag_tag_id'))

    op.drop_table('article_tag')
    with op.batch_alter_table('system_hours', schema=None) as batch_op:
        batch_op.drop_index('uq_system_hours_in_force', sqlite_where=sa.text('taken_back_at IS NULL'), postgresql_where=sa.text('taken_back_at IS NULL'))

    op.drop_table('system_hours')
    op.drop_table('site_text')
    op.drop_table('calendar_feed')
    op.drop_table('article_template')
    op.drop_table('tag')
