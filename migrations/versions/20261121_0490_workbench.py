"""workbench: suggestions, remarks, dismissals, drafts, glossary, downloads and the history of translations

Rules: no import of models; a column that is required comes with a server default; one step a release where a step
locks a large table; moving data is a migration of its own; `downgrade` works or says why not.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "20261121_0490"
down_revision = "20261121_0480"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, with nothing in them, and let the role that is for it translate as far as it could see."""
    op.create_table(
        "translation_revisions",
        *_entry(),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.Column("before_flags", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=True),
        sa.Column("after_flags", sa.JSON(), nullable=False),
        sa.Column("overridden", sa.JSON(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("by_name", sa.String(120), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("through", sa.String(20), nullable=False),
        sa.Column("request_id", sa.String(20), nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        _person("translation_revisions", "by_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_translation_revisions")),
    )
    op.create_index("ix_translation_revisions_entry", "translation_revisions", ["eid", "locale", "domain", "id"])
    op.create_index("ix_translation_revisions_place_at", "translation_revisions", ["locale", "domain", "at", "id"])
    op.create_index("ix_translation_revisions_by_id_at", "translation_revisions", ["by_id", "at"])
    op.create_index(op.f("ix_translation_revisions_entry_id"), "translation_revisions", ["entry_id"])
    op.create_table(
        "translation_suggestions",
        *_entry(),
        sa.Column("forms", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.String(500), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(500), nullable=False),
        _person("translation_suggestions", "author_id"),
        _person("translation_suggestions", "decided_by_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_translation_suggestions")),
    )
    op.create_index("ix_translation_suggestions_entry", "translation_suggestions", ["eid", "locale", "domain", "id"])
    op.create_index(
        "ix_translation_suggestions_place_state", "translation_suggestions", ["locale", "domain", "state", "id"]
    )
    op.create_index(op.f("ix_translation_suggestions_author_id"), "translation_suggestions", ["author_id"])
    op.create_table(
        "translation_remarks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("locale", sa.String(20), nullable=True),
        sa.Column("domain", sa.String(40), nullable=False),
        sa.Column("eid", sa.String(16), nullable=False),
        sa.Column("msgid", sa.Text(), nullable=False),
        sa.Column("text", sa.String(2000), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_by_id", sa.Integer(), nullable=True),
        _person("translation_remarks", "by_id"),
        _person("translation_remarks", "resolved_by_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_translation_remarks")),
    )
    op.create_index("ix_translation_remarks_entry", "translation_remarks", ["eid", "domain", "id"])
    op.create_index(op.f("ix_translation_remarks_by_id"), "translation_remarks", ["by_id"])
    op.create_table(
        "translation_dismissals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("locale", sa.String(20), nullable=False),
        sa.Column("domain", sa.String(40), nullable=False),
        sa.Column("eid", sa.String(16), nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        _person("translation_dismissals", "by_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_translation_dismissals")),
        sa.UniqueConstraint(
            "locale",
            "domain",
            "eid",
            "code",
            "digest",
            name=op.f("uq_translation_dismissals_locale_domain_eid_code_digest"),
        ),
    )
    op.create_table(
        "translation_drafts",
        *_entry(),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("msgid_plural", sa.Text(), nullable=True),
        sa.Column("forms", sa.JSON(), nullable=False),
        sa.Column("is_fuzzy", sa.Boolean(), nullable=False),
        sa.Column("comments", sa.JSON(), nullable=True),
        sa.Column("base", sa.String(64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_translation_drafts_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_translation_drafts")),
        sa.UniqueConstraint(
            "locale", "domain", "eid", "user_id", name=op.f("uq_translation_drafts_locale_domain_eid_user_id")
        ),
    )
    op.create_index(op.f("ix_translation_drafts_user_id"), "translation_drafts", ["user_id"])
    op.create_table(
        "terms",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("locale", sa.String(20), nullable=False),
        sa.Column("term", sa.String(200), nullable=False),
        sa.Column("translation", sa.String(200), nullable=False),
        sa.Column("note", sa.String(500), nullable=False),
        sa.Column("is_forbidden", sa.Boolean(), nullable=False),
        sa.Column("is_case_sensitive", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_terms")),
        sa.UniqueConstraint("locale", "term", "translation", name=op.f("uq_terms_locale_term_translation")),
    )
    op.create_index("ix_terms_term_id", "terms", ["term", "id"])
    op.create_index("ix_terms_updated_at_id", "terms", ["updated_at", "id"])
    op.create_table(
        "translation_downloads",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("locale", sa.String(20), nullable=False),
        sa.Column("domain", sa.String(40), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        _person("translation_downloads", "by_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_translation_downloads")),
        sa.UniqueConstraint("digest", "locale", "domain", name=op.f("uq_translation_downloads_digest_locale_domain")),
    )
    op.create_index(op.f("ix_translation_downloads_at"), "translation_downloads", ["at"])
    for permission in ("term.view", "translation.suggest", "translation.translate"):
        op.execute(
            f"INSERT INTO role_grants (role_id, permission, reach) "
            f"SELECT role_id, '{permission}', reach FROM role_grants JOIN roles ON roles.id = role_grants.role_id "
            f"WHERE permission = 'translation.view' AND roles.name = 'translator'"
        )


def downgrade() -> None:
    """Take them away; the catalogs are files and stay. Nobody knows the new permissions then."""
    op.execute(
        "DELETE FROM role_grants WHERE permission LIKE 'term.%' OR "
        "(permission LIKE 'translation.%' AND permission <> 'translation.view')"
    )
    for table in ("downloads", "drafts", "dismissals", "remarks", "suggestions", "revisions"):
        op.drop_table(f"translation_{table}")
    op.drop_table("terms")


def _entry() -> list[sa.Column[Any]]:
    return [
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("locale", sa.String(20), nullable=False),
        sa.Column("domain", sa.String(40), nullable=False),
        sa.Column("eid", sa.String(16), nullable=False),
        sa.Column("msgid", sa.Text(), nullable=False),
        sa.Column("context", sa.Text(), nullable=True),
    ]


def _person(table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], ["users.id"], name=op.f(f"fk_{table}_{column}_users"), ondelete="SET NULL")
