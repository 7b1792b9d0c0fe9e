"""rights of individuals: parts of requests, drafts, delayed processing dates, J-note IDs, inventory, closing days by year

Revision ID: 0008
Revises: 0007
"""

import unicodedata

import sqlalchemy as sa
from alembic import op

from base.grams import fts_words, tokens


revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None

TO_ORDER = "ordered_at IS NULL AND state IN ('entered', 'accepted')"
SYSTEMS = ('TAXIS', 'JOHS', 'JUJU', 'LOACUS')
# What a request of before asked for; what it has brought already is done.
PARTS = """
INSERT INTO request_part (request_id, system, code, done_at, effect_at)
SELECT request.id, '{system}', request.{column}, held.from_at, held.from_at
FROM rights_request AS request
LEFT JOIN (SELECT request_id, min(from_at) AS from_at FROM held_right WHERE system = '{system}' GROUP BY request_id) AS held
  ON held.request_id = request.id
WHERE request.{column} IS NOT NULL
"""


def index_texts():
    """What requests of before are found by, as `rights/request_words.py` says it."""
    bind = op.get_bind()
    text = sa.table('request_text', sa.column('request_id'), sa.column('text'))
    there = 'SELECT id, number, name_kanji, name_kana, login_id FROM rights_request ORDER BY id'
    for request_id, *words in bind.execute(sa.text(there)).all():
        folded = ' '.join(unicodedata.normalize('NFKC', word).lower().replace(' ', '') for word in words)
        bind.execute(sa.insert(text).values(request_id=request_id, text=folded))
        if bind.dialect.name == 'sqlite':
            add = sa.text('INSERT INTO request_fts(rowid, tokens) VALUES (:id, :tokens)')
            bind.execute(add, {'id': request_id, 'tokens': fts_words(tokens(folded))})


def upgrade():
    op.create_table('clock_mark',
    sa.Column('boot', sa.String(), nullable=False),
    sa.Column('wall_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('system_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('up_seconds', sa.Double(), nullable=False),
    sa.PrimaryKeyConstraint('boot', name=op.f('pk_clock_mark'))
    )
    op.create_table('clock_doubt',
    sa.Column('host', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('noticed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('believed_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('host', name=op.f('pk_clock_doubt'))
    )
    op.create_table('jnote_list',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(), nullable=False),
    sa.Column('file_name', sa.String(), nullable=False),
    sa.Column('count', sa.Integer(), nullable=False),
    sa.Column('repeated', sa.Integer(), nullable=False),
    sa.Column('ids', sa.String(), nullable=False),
    sa.Column('checked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('checked_by_id', sa.Integer(), nullable=False),
    sa.Column('taken_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('taken_by_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['checked_by_id'], ['person.id'], name=op.f('fk_jnote_list_checked_by_id_person')),
    sa.ForeignKeyConstraint(['taken_by_id'], ['person.id'], name=op.f('fk_jnote_list_taken_by_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_jnote_list')),
    sa.UniqueConstraint('public_id', name=op.f('uq_jnote_list_public_id'))
    )
    op.create_table('jnote_id',
    sa.Column('login_id_folded', sa.String(), nullable=False),
    sa.Column('imported_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('login_id_folded', name=op.f('pk_jnote_id'))
    )
    op.create_table('confirmed_year',
    sa.Column('year', sa.Integer(), nullable=False),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('confirmed_by_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['confirmed_by_id'], ['person.id'], name=op.f('fk_confirmed_year_confirmed_by_id_person')),
    sa.PrimaryKeyConstraint('year', name=op.f('pk_confirmed_year'))
    )
    op.create_table('inventory_campaign',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('started_by_id', sa.Integer(), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['started_by_id'], ['person.id'], name=op.f('fk_inventory_campaign_started_by_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inventory_campaign')),
    sa.UniqueConstraint('public_id', name=op.f('uq_inventory_campaign_public_id'))
    )
    op.create_table('open_day',
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('added_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('added_by_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['added_by_id'], ['person.id'], name=op.f('fk_open_day_added_by_id_person')),
    sa.PrimaryKeyConstraint('day', name=op.f('pk_open_day'))
    )
    op.create_table('processing_day',
    sa.Column('processing_date', sa.Date(), nullable=False),
    sa.Column('taxis_johs_from', sa.Date(), nullable=False),
    sa.Column('juju_loacus_from', sa.Date(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('delayed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('delayed_by_id', sa.Integer(), nullable=False),
    sa.CheckConstraint('juju_loacus_from >= taxis_johs_from', name=op.f('ck_processing_day_order')),
    sa.ForeignKeyConstraint(['delayed_by_id'], ['person.id'], name=op.f('fk_processing_day_delayed_by_id_person')),
    sa.PrimaryKeyConstraint('processing_date', name=op.f('pk_processing_day'))
    )
    op.create_table('bulk_file',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(), nullable=False),
    sa.Column('organization_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('rows', sa.Integer(), nullable=False),
    sa.Column('done', sa.Integer(), nullable=False),
    sa.Column('new', sa.Integer(), nullable=False),
    sa.Column('changes', sa.Integer(), nullable=False),
    sa.Column('removals', sa.Integer(), nullable=False),
    sa.Column('skipped', sa.Integer(), nullable=False),
    sa.Column('findings', sa.String(), nullable=False),
    sa.Column('uploaded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('uploaded_by_id', sa.Integer(), nullable=False),
    sa.Column('sent_by_id', sa.Integer(), nullable=True),
    sa.Column('touched_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('entered_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("state IN ('waiting', 'faulty', 'checked', 'sent', 'entered')", name=op.f('ck_bulk_file_state')),
    sa.CheckConstraint("(state = 'entered') = (entered_at IS NOT NULL)", name=op.f('ck_bulk_file_entered_sometime')),
    sa.ForeignKeyConstraint(['organization_id'], ['organization.id'], name=op.f('fk_bulk_file_organization_id_organization')),
    sa.ForeignKeyConstraint(['uploaded_by_id'], ['person.id'], name=op.f('fk_bulk_file_uploaded_by_id_person')),
    sa.ForeignKeyConstraint(['sent_by_id'], ['person.id'], name=op.f('fk_bulk_file_sent_by_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_bulk_file')),
    sa.UniqueConstraint('public_id', name=op.f('uq_bulk_file_public_id'))
    )
    with op.batch_alter_table('bulk_file', schema=None) as batch_op:
        batch_op.create_index('ix_bulk_file_organization_id_uploaded_at', ['organization_id', 'uploaded_at'], unique=False)

    op.create_table('request_draft',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(), nullable=False),
    sa.Column('organization_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=True),
    sa.Column('fields', sa.String(), nullable=False),
    sa.Column('saved_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('saved_by_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['organization_id'], ['organization.id'], name=op.f('fk_request_draft_organization_id_organization')),
    sa.ForeignKeyConstraint(['saved_by_id'], ['person.id'], name=op.f('fk_request_draft_saved_by_id_person')),
    sa.ForeignKeyConstraint(['user_id'], ['person.id'], name=op.f('fk_request_draft_user_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_request_draft')),
    sa.UniqueConstraint('public_id', name=op.f('uq_request_draft_public_id'))
    )
    with op.batch_alter_table('request_draft', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_request_draft_organization_id'), ['organization_id'], unique=False)

    op.create_table('inventory_item',
    sa.Column('campaign_id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('organization_id', sa.Integer(), nullable=False),
    sa.Column('answer', sa.String(), nullable=True),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('answered_by_id', sa.Integer(), nullable=True),
    sa.Column('request_id', sa.Integer(), nullable=True),
    sa.CheckConstraint("answer IN ('keep', 'change', 'remove')", name=op.f('ck_inventory_item_answer')),
    sa.CheckConstraint('(answer IS NULL) = (answered_at IS NULL)', name=op.f('ck_inventory_item_answered_sometime')),
    sa.CheckConstraint('(answer IS NULL) = (answered_by_id IS NULL)', name=op.f('ck_inventory_item_answered_by_somebody')),
    sa.ForeignKeyConstraint(['answered_by_id'], ['person.id'], name=op.f('fk_inventory_item_answered_by_id_person')),
    sa.ForeignKeyConstraint(['campaign_id'], ['inventory_campaign.id'], name=op.f('fk_inventory_item_campaign_id_inventory_campaign')),
    sa.ForeignKeyConstraint(['organization_id'], ['organization.id'], name=op.f('fk_inventory_item_organization_id_organization')),
    sa.ForeignKeyConstraint(['request_id'], ['rights_request.id'], name=op.f('fk_inventory_item_request_id_rights_request')),
    sa.ForeignKeyConstraint(['user_id'], ['person.id'], name=op.f('fk_inventory_item_user_id_person')),
    sa.PrimaryKeyConstraint('campaign_id', 'user_id', name=op.f('pk_inventory_item'))
    )
    with op.batch_alter_table('inventory_item', schema=None) as batch_op:
        batch_op.create_index('ix_inventory_item_campaign_id_organization_id', ['campaign_id', 'organization_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_item_user_id'), ['user_id'], unique=False)

    op.create_table('inventory_sign_off',
    sa.Column('campaign_id', sa.Integer(), nullable=False),
    sa.Column('organization_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['by_id'], ['person.id'], name=op.f('fk_inventory_sign_off_by_id_person')),
    sa.ForeignKeyConstraint(['campaign_id'], ['inventory_campaign.id'], name=op.f('fk_inventory_sign_off_campaign_id_inventory_campaign')),
    sa.ForeignKeyConstraint(['organization_id'], ['organization.id'], name=op.f('fk_inventory_sign_off_organization_id_organization')),
    sa.PrimaryKeyConstraint('campaign_id', 'organization_id', name=op.f('pk_inventory_sign_off'))
    )
    op.create_table('request_part',
    sa.Column('request_id', sa.Integer(), nullable=False),
    sa.Column('system', sa.String(), nullable=False),
    sa.Column('code', sa.String(), nullable=True),
    sa.Column('held_code', sa.String(), nullable=True),
    sa.Column('result_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('done_by_id', sa.Integer(), nullable=True),
    sa.Column('effect_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("system IN ('TAXIS', 'JOHS', 'JUJU', 'LOACUS')", name=op.f('ck_request_part_system')),
    sa.CheckConstraint('(done_at IS NULL) = (effect_at IS NULL)', name=op.f('ck_request_part_done_takes_effect')),
    sa.CheckConstraint('code IS NOT NULL OR held_code IS NOT NULL', name=op.f('ck_request_part_asks_something')),
    sa.CheckConstraint('done_at IS NULL OR withdrawn_at IS NULL', name=op.f('ck_request_part_done_or_withdrawn')),
    sa.ForeignKeyConstraint(['done_by_id'], ['person.id'], name=op.f('fk_request_part_done_by_id_person')),
    sa.ForeignKeyConstraint(['request_id'], ['rights_request.id'], name=op.f('fk_request_part_request_id_rights_request')),
    sa.PrimaryKeyConstraint('request_id', 'system', name=op.f('pk_request_part'))
    )
    op.create_table('calendar_change',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(), nullable=False),
    sa.Column('days', sa.String(), nullable=False),
    sa.Column('planned_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('planned_by_id', sa.Integer(), nullable=False),
    sa.Column('saved_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('saved_by_id', sa.Integer(), nullable=True),
    sa.Column('told_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('told_by_id', sa.Integer(), nullable=True),
    sa.CheckConstraint('told_at IS NULL OR saved_at IS NOT NULL', name=op.f('ck_calendar_change_told_of_saved')),
    sa.ForeignKeyConstraint(['planned_by_id'], ['person.id'], name=op.f('fk_calendar_change_planned_by_id_person')),
    sa.ForeignKeyConstraint(['saved_by_id'], ['person.id'], name=op.f('fk_calendar_change_saved_by_id_person')),
    sa.ForeignKeyConstraint(['told_by_id'], ['person.id'], name=op.f('fk_calendar_change_told_by_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_calendar_change')),
    sa.UniqueConstraint('public_id', name=op.f('uq_calendar_change_public_id'))
    )
    with op.batch_alter_table('calendar_change', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_calendar_change_saved_at'), ['saved_at'], unique=False)

    op.create_table('calendar_move',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('change_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('organization_id', sa.Integer(), nullable=True),
    sa.Column('request_id', sa.Integer(), nullable=True),
    sa.Column('certificate_id', sa.Integer(), nullable=True),
    sa.Column('about', sa.String(), nullable=False),
    sa.Column('before_day', sa.Date(), nullable=False),
    sa.Column('after_day', sa.Date(), nullable=False),
    sa.ForeignKeyConstraint(['certificate_id'], ['certificate.id'], name=op.f('fk_calendar_move_certificate_id_certificate')),
    sa.ForeignKeyConstraint(['change_id'], ['calendar_change.id'], name=op.f('fk_calendar_move_change_id_calendar_change')),
    sa.ForeignKeyConstraint(['organization_id'], ['organization.id'], name=op.f('fk_calendar_move_organization_id_organization')),
    sa.ForeignKeyConstraint(['request_id'], ['rights_request.id'], name=op.f('fk_calendar_move_request_id_rights_request')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_calendar_move'))
    )
    with op.batch_alter_table('calendar_move', schema=None) as batch_op:
        batch_op.create_index('ix_calendar_move_change_id_organization_id', ['change_id', 'organization_id'], unique=False)

    with op.batch_alter_table('closing_day', schema=None) as batch_op:
        batch_op.add_column(sa.Column('added_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('added_by_id', sa.Integer(), nullable=True))
        batch_op.create_foreign_key(batch_op.f('fk_closing_day_added_by_id_person'), 'person', ['added_by_id'], ['id'])

    with op.batch_alter_table('person', schema=None) as batch_op:
        batch_op.add_column(sa.Column('user_number', sa.String(), nullable=True))
        batch_op.create_unique_constraint(batch_op.f('uq_person_user_number'), ['user_number'])
        batch_op.create_index('ix_person_name_kana', ['name_kana', 'id'], unique=False)
        batch_op.create_index('ix_person_organization_id_name_kana', ['organization_id', 'name_kana', 'id'], unique=False)

    with op.batch_alter_table('rights_request', schema=None) as batch_op:
        batch_op.add_column(sa.Column('ordered_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('account_result_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('registered_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('registered_by_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('follows_id', sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f('ix_rights_request_processing_date'), ['processing_date'], unique=False)
        batch_op.create_index('ix_rights_request_due', ['processing_date', 'id'], unique=False, sqlite_where=sa.text(TO_ORDER), postgresql_where=sa.text(TO_ORDER))
        batch_op.create_index(batch_op.f('ix_rights_request_contractor_id'), ['contractor_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_rights_request_name_kana'), ['name_kana'], unique=False)
        batch_op.create_index(batch_op.f('ix_rights_request_entered_at'), ['entered_at'], unique=False)
        batch_op.create_index('ix_rights_request_organization_id_state', ['organization_id', 'state'], unique=False)
        batch_op.create_index('ix_rights_request_state_name_kana', ['state', 'name_kana'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_rights_request_registered_by_id_person'), 'person', ['registered_by_id'], ['id'])
        batch_op.create_index(batch_op.f('ix_rights_request_follows_id'), ['follows_id'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_rights_request_follows_id_rights_request'), 'rights_request', ['follows_id'], ['id'])

    op.create_table('request_text',
    sa.Column('request_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('text', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['request_id'], ['rights_request.id'], name=op.f('fk_request_text_request_id_rights_request')),
    sa.PrimaryKeyConstraint('request_id', name=op.f('pk_request_text'))
    )
    if op.get_bind().dialect.name == 'sqlite':
        op.execute("CREATE VIRTUAL TABLE request_fts USING fts5(tokens, content='', detail=none, columnsize=0, tokenize='ascii')")
    else:
        op.execute("CREATE INDEX ix_request_text_fts ON request_text USING gin (search_tokens(text, '')) WITH (fastupdate = off)")
        op.execute('ALTER INDEX ix_request_text_fts ALTER COLUMN 1 SET STATISTICS 0')
    index_texts()

    for system in SYSTEMS:
        op.execute(PARTS.format(system=system, column=system.lower()))



def downgrade():
    if op.get_bind().dialect.name == 'sqlite':
        op.execute('DROP TABLE request_fts')
    op.drop_table('request_text')
    with op.batch_alter_table('rights_request', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_rights_request_follows_id'))
        batch_op.drop_constraint(batch_op.f('fk_rights_request_follows_id_rights_request'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('fk_rights_request_registered_by_id_person'), type_='foreignkey')
        batch_op.drop_index('ix_rights_request_due', sqlite_where=sa.text(TO_ORDER), postgresql_where=sa.text(TO_ORDER))
        batch_op.drop_index('ix_rights_request_state_name_kana')
        batch_op.drop_index('ix_rights_request_organization_id_state')
        batch_op.drop_index(batch_op.f('ix_rights_request_entered_at'))
        batch_op.drop_index(batch_op.f('ix_rights_request_name_kana'))
        batch_op.drop_index(batch_op.f('ix_rights_request_contractor_id'))
        batch_op.drop_index(batch_op.f('ix_rights_request_processing_date'))
        batch_op.drop_column('follows_id')
        batch_op.drop_column('registered_by_id')
        batch_op.drop_column('registered_at')
        batch_op.drop_column('account_result_at')
        batch_op.drop_column('ordered_at')

    with op.batch_alter_table('person', schema=None) as batch_op:
        batch_op.drop_index('ix_person_organization_id_name_kana')
        batch_op.drop_index('ix_person_name_kana')
        batch_op.drop_constraint(batch_op.f('uq_person_user_number'), type_='unique')
        batch_op.drop_column('user_number')

    with op.batch_alter_table('closing_day', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_closing_day_added_by_id_person'), type_='foreignkey')
        batch_op.drop_column('added_by_id')
        batch_op.drop_column('added_at')

    with op.batch_alter_table('calendar_move', schema=None) as batch_op:
        batch_op.drop_index('ix_calendar_move_change_id_organization_id')

    op.drop_table('calendar_move')
    with op.batch_alter_table('calendar_change', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_calendar_change_saved_at'))

    op.drop_table('calendar_change')
    op.drop_table('request_part')
    op.drop_table('inventory_sign_off')
    with op.batch_alter_table('inventory_item', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_inventory_item_user_id'))
        batch_op.drop_index('ix_inventory_item_campaign_id_organization_id')

    op.drop_table('inventory_item')
    with op.batch_alter_table('bulk_file', schema=None) as batch_op:
        batch_op.drop_index('ix_bulk_file_organization_id_uploaded_at')

    op.drop_table('bulk_file')
    with op.batch_alter_table('request_draft', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_request_draft_organization_id'))

    op.drop_table('request_draft')
    op.drop_table('processing_day')
    op.drop_table('open_day')
    op.drop_table('inventory_campaign')
    op.drop_table('confirmed_year')
    op.drop_table('jnote_id')
    op.drop_table('jnote_list')
    op.drop_table('clock_doubt')
    op.drop_table('clock_mark')
