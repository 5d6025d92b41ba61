"""Protection orders, consents, disclosures, safety inquiries, proposals for two persons; the audit log is found by who and by whom."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table('consents',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('subject', sa.String(length=60), nullable=False),
    sa.Column('by', sa.String(length=12), nullable=False),
    sa.Column('by_name', sa.LargeBinary(), nullable=True),
    sa.Column('heard', sa.Boolean(), nullable=False),
    sa.Column('recipient_class', sa.String(length=16), nullable=False),
    sa.Column('recipient', sa.String(length=120), nullable=False),
    sa.Column('items', sa.JSON(), nullable=False),
    sa.Column('purpose', sa.String(length=200), nullable=False),
    sa.Column('method', sa.String(length=12), nullable=False),
    sa.Column('from_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('recorded_by', sa.String(length=40), nullable=False),
    sa.Column('withdrawn_by', sa.String(length=40), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_consents'))
    )
    op.create_index('ix_consents_subject', 'consents', ['subject', 'withdrawn_at'], unique=False)
    op.create_table('protection_orders',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('person_id', sa.String(length=36), nullable=True),
    sa.Column('resident_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('level', sa.String(length=16), nullable=False),
    sa.Column('source', sa.String(length=16), nullable=False),
    sa.Column('reason', sa.LargeBinary(), nullable=False),
    sa.Column('alias', sa.LargeBinary(), nullable=True),
    sa.Column('until', sa.Date(), nullable=True),
    sa.Column('first_officer', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('second_officer', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('abuser', sa.LargeBinary(), nullable=True),
    sa.Column('abuser_key', sa.String(length=64), nullable=True),
    sa.Column('abuser_account_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('set_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('lifted_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['abuser_account_id'], ['accounts.id'], name=op.f('fk_protection_orders_abuser_account_id_accounts')),
    sa.ForeignKeyConstraint(['first_officer'], ['accounts.id'], name=op.f('fk_protection_orders_first_officer_accounts')),
    sa.ForeignKeyConstraint(['resident_id'], ['residents.id'], name=op.f('fk_protection_orders_resident_id_residents')),
    sa.ForeignKeyConstraint(['second_officer'], ['accounts.id'], name=op.f('fk_protection_orders_second_officer_accounts')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_protection_orders'))
    )
    op.create_index(op.f('ix_protection_orders_abuser_key'), 'protection_orders', ['abuser_key'], unique=False)
    op.create_index(op.f('ix_protection_orders_resident_id'), 'protection_orders', ['resident_id'], unique=False)
    op.create_index('uq_protection_orders_person', 'protection_orders', ['person_id'], unique=True, sqlite_where=sa.text('lifted_at IS NULL'), postgresql_where=sa.text('lifted_at IS NULL'))
    op.create_table('registry_proposals',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('subject', sa.String(length=60), nullable=False),
    sa.Column('payload', sa.LargeBinary(), nullable=False),
    sa.Column('reason', sa.LargeBinary(), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('proposed_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('proposed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('decided_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['decided_by'], ['accounts.id'], name=op.f('fk_registry_proposals_decided_by_accounts')),
    sa.ForeignKeyConstraint(['proposed_by'], ['accounts.id'], name=op.f('fk_registry_proposals_proposed_by_accounts')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_registry_proposals'))
    )
    op.create_index('uq_registry_proposals_open', 'registry_proposals', ['kind', 'subject'], unique=True, sqlite_where=sa.text("state = 'proposed'"), postgresql_where=sa.text("state = 'proposed'"))
    op.create_table('safety_inquiries',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('inquirer', sa.LargeBinary(), nullable=False),
    sa.Column('wanted', sa.LargeBinary(), nullable=False),
    sa.Column('reason', sa.LargeBinary(), nullable=False),
    sa.Column('relation', sa.String(length=16), nullable=False),
    sa.Column('proof', sa.String(length=16), nullable=False),
    sa.Column('tier', sa.String(length=16), nullable=False),
    sa.Column('answer', sa.String(length=16), nullable=False),
    sa.Column('told', sa.JSON(), nullable=False),
    sa.Column('about', sa.LargeBinary(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['by'], ['accounts.id'], name=op.f('fk_safety_inquiries_by_accounts')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_safety_inquiries'))
    )
    op.create_index(op.f('ix_safety_inquiries_at'), 'safety_inquiries', ['at'], unique=False)
    op.create_index(op.f('ix_safety_inquiries_by'), 'safety_inquiries', ['by'], unique=False)
    op.create_table('disclosures',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('ground', sa.String(length=16), nullable=False),
    sa.Column('recipient_class', sa.String(length=16), nullable=False),
    sa.Column('recipient', sa.String(length=200), nullable=False),
    sa.Column('application', sa.LargeBinary(), nullable=True),
    sa.Column('purpose', sa.String(length=400), nullable=False),
    sa.Column('items', sa.JSON(), nullable=False),
    sa.Column('people', sa.Integer(), nullable=False),
    sa.Column('file_hash', sa.String(length=64), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('proposal_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.ForeignKeyConstraint(['by'], ['accounts.id'], name=op.f('fk_disclosures_by_accounts')),
    sa.ForeignKeyConstraint(['proposal_id'], ['registry_proposals.id'], name=op.f('fk_disclosures_proposal_id_registry_proposals')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_disclosures'))
    )
    op.create_index(op.f('ix_disclosures_at'), 'disclosures', ['at'], unique=False)
    op.create_index(op.f('ix_disclosures_by'), 'disclosures', ['by'], unique=False)
    op.create_table('protection_meetings',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('order_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('shelter_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('kind', sa.String(length=12), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('seen_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.ForeignKeyConstraint(['order_id'], ['protection_orders.id'], name=op.f('fk_protection_meetings_order_id_protection_orders')),
    sa.ForeignKeyConstraint(['seen_by'], ['accounts.id'], name=op.f('fk_protection_meetings_seen_by_accounts')),
    sa.ForeignKeyConstraint(['shelter_id'], ['shelters.id'], name=op.f('fk_protection_meetings_shelter_id_shelters')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_protection_meetings')),
    sa.UniqueConstraint('order_id', 'shelter_id', 'kind', name=op.f('uq_protection_meetings_order_id_shelter_id_kind'))
    )
    op.create_index(op.f('ix_protection_meetings_order_id'), 'protection_meetings', ['order_id'], unique=False)
    op.create_table('registry_tombstones',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('subject', sa.String(length=60), nullable=False),
    sa.Column('rule', sa.String(length=24), nullable=False),
    sa.Column('proposal_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['proposal_id'], ['registry_proposals.id'], name=op.f('fk_registry_tombstones_proposal_id_registry_proposals')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_registry_tombstones')),
    sa.UniqueConstraint('subject', 'rule', name=op.f('uq_registry_tombstones_subject_rule'))
    )
    op.create_table('disclosed_people',
    sa.Column('disclosure_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('subject', sa.String(length=60), nullable=False),
    sa.ForeignKeyConstraint(['disclosure_id'], ['disclosures.id'], name=op.f('fk_disclosed_people_disclosure_id_disclosures')),
    sa.PrimaryKeyConstraint('disclosure_id', 'subject', name=op.f('pk_disclosed_people'))
    )
    op.create_index(op.f('ix_disclosed_people_subject'), 'disclosed_people', ['subject'], unique=False)
    op.create_index('ix_audit_entries_actor', 'audit_entries', ['actor', 'id'], unique=False)
    op.create_index('ix_audit_entries_subject', 'audit_entries', ['subject', 'id'], unique=False)
