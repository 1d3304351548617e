"""What is wrong with a whole file: its bytes, its header, and entries that are there twice."""

from __future__ import annotations

from backoffice.catalogs.checks.finding import Finding


def file_findings(content: bytes, locale: str) -> list[Finding]:
    """What is wrong with the bytes of a .po file; never raises, whatever they are."""
    return []
