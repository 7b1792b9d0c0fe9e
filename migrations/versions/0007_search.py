"""search: what can be searched, and its index in each database's own way

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op


revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None

# As `base/grams.py` says it; the test of the index compares the two.
TOKENS = r"""
CREATE FUNCTION search_tokens(words text, marks text) RETURNS tsvector LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 1000 AS $$
DECLARE
    found text[] := string_to_array(marks, ' ');
    earlier text := ' ';
    before text := ' ';
    letter text;
BEGIN
    FOREACH letter IN ARRAY string_to_array(words, NULL) LOOP
        IF letter <> ' ' THEN
            IF ascii(letter) > 127 AND ascii(letter) NOT BETWEEN 12353 AND 12438 THEN
                found := found || letter;
            END IF;
            IF before <> ' ' THEN
                found := found || (before || letter);
                IF earlier <> ' ' AND octet_length(earlier || before || letter) = 3 THEN
                    found := found || (earlier || before || letter);
                END IF;
            END IF;
        END IF;
        earlier := before;
        before := letter;
    END LOOP;
    RETURN array_to_tsvector(found);
END $$
"""


def upgrade():
    op.create_table('search_piece',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('article_id', sa.Integer(), nullable=False),
    sa.Column('attachment_id', sa.Integer(), nullable=True),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('starts_at', sa.Integer(), nullable=False),
    sa.Column('published_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('marks', sa.String(), nullable=False),
    sa.Column('text', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['article_id'], ['article.id'], name=op.f('fk_search_piece_article_id_article')),
    sa.ForeignKeyConstraint(['attachment_id'], ['attachment.id'], name=op.f('fk_search_piece_attachment_id_attachment')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_search_piece'))
    )
    with op.batch_alter_table('search_piece', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_search_piece_article_id'), ['article_id'], unique=False)

    if op.get_bind().dialect.name == 'sqlite':
        op.execute("CREATE VIRTUAL TABLE search_fts USING fts5(tokens, content='', detail=none, columnsize=0, tokenize='ascii')")
    else:
        op.execute(TOKENS)
        # Waiting entries would have to be read through by every search.
        op.execute('CREATE INDEX ix_search_piece_fts ON search_piece USING gin (search_tokens(text, marks)) WITH (fastupdate = off)')
        # Nothing asks for what would take a function call a sampled row to find out.
        op.execute('ALTER INDEX ix_search_piece_fts ALTER COLUMN 1 SET STATISTICS 0')
    op.execute('ALTER TABLE article DROP COLUMN search_text')


def downgrade():
    op.execute("ALTER TABLE article ADD COLUMN search_text VARCHAR DEFAULT '' NOT NULL")
    if op.get_bind().dialect.name == 'sqlite':
        op.execute('DROP TABLE search_fts')
    op.drop_table('search_piece')
    if op.get_bind().dialect.name != 'sqlite':
        op.execute('DROP FUNCTION search_tokens(text, text)')
