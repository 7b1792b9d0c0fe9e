"""planned stops and disturbances of the systems, and what was told of them

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op


revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None

RUNNING = sa.text("kind = 'disturbance' AND ended_at IS NULL")


def upgrade():
    op.create_table('system_stop',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(), nullable=False),
    sa.Column('system', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('effect', sa.String(), nullable=False),
    sa.Column('from_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('until_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('next_update_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_by_id', sa.Integer(), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_by_id', sa.Integer(), nullable=True),
    sa.CheckConstraint("system IN ('TAXIS', 'JOHS', 'JUJU', 'LOACUS')", name=op.f('ck_system_stop_system')),
    sa.CheckConstraint("kind IN ('planned_stop', 'disturbance')", name=op.f('ck_system_stop_kind')),
    sa.CheckConstraint("(kind = 'planned_stop') = (until_at IS NOT NULL)", name=op.f('ck_system_stop_planned_has_end')),
    sa.CheckConstraint("until_at IS NULL OR until_at > from_at", name=op.f('ck_system_stop_until_after_from')),
    sa.CheckConstraint("(ended_at IS NULL) = (ended_by_id IS NULL)", name=op.f('ck_system_stop_ended_by_somebody')),
    sa.ForeignKeyConstraint(['created_by_id'], ['person.id'], name=op.f('fk_system_stop_created_by_id_person')),
    sa.ForeignKeyConstraint(['ended_by_id'], ['person.id'], name=op.f('fk_system_stop_ended_by_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_system_stop')),
    sa.UniqueConstraint('public_id', name=op.f('uq_system_stop_public_id'))
    )
    with op.batch_alter_table('system_stop', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_system_stop_from_at'), ['from_at'], unique=False)
        batch_op.create_index('uq_system_stop_running', ['system'], unique=True, sqlite_where=RUNNING, postgresql_where=RUNNING)

    op.create_table('system_stop_note',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('stop_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('words', sa.String(), nullable=False),
    sa.Column('next_update_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('by_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['by_id'], ['person.id'], name=op.f('fk_system_stop_note_by_id_person')),
    sa.ForeignKeyConstraint(['stop_id'], ['system_stop.id'], name=op.f('fk_system_stop_note_stop_id_system_stop')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_system_stop_note'))
    )
    with op.batch_alter_table('system_stop_note', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_system_stop_note_stop_id'), ['stop_id'], unique=False)


def downgrade():
    op.drop_table('system_stop_note')
    op.drop_table('system_stop')
