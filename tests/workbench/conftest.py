"""A folder of translations of the test's own, and an application that speaks from it."""

from tests.catalogs.conftest import folder, speaker, write

__all__ = ["folder", "speaker", "write"]
