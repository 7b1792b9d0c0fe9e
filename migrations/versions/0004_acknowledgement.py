"""acknowledgement: notices that ask for it, and who gave it when and where

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op


revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None

IS_ASKED = "ack_asked_at IS NOT NULL AND published_at IS NOT NULL AND withdrawn_at IS NULL"


def upgrade():
    with op.batch_alter_table('article', schema=None) as batch_op:
        batch_op.add_column(sa.Column('ack_asked_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index('ix_article_ack_asked', ['page_id'], unique=False, sqlite_where=sa.text(IS_ASKED), postgresql_where=sa.text(IS_ASKED))

    with op.batch_alter_table('article_read', schema=None) as batch_op:
        batch_op.add_column(sa.Column('acknowledged_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('acknowledged_pc', sa.String(), nullable=True))
        batch_op.create_index('ix_article_read_article_id', ['article_id'], unique=False)
        batch_op.create_check_constraint(op.f('ck_article_read_acknowledged_somewhere'), '(acknowledged_at IS NULL) = (acknowledged_pc IS NULL)')


def downgrade():
    with op.batch_alter_table('article_read', schema=None) as batch_op:
        batch_op.drop_constraint(op.f('ck_article_read_acknowledged_somewhere'), type_='check')
        batch_op.drop_index('ix_article_read_article_id')
        batch_op.drop_column('acknowledged_pc')
        batch_op.drop_column('acknowledged_at')

    with op.batch_alter_table('article', schema=None) as batch_op:
        batch_op.drop_index('ix_article_ack_asked')
        batch_op.drop_column('ack_asked_at')
