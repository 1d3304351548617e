"""The translators' workbench: what the database keeps beside the catalogs, and what translators do."""
