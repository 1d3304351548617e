"""The first page: what waits, for whom."""
