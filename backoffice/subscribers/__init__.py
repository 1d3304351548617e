"""Readers who get the new posts by mail once a week, because they said so twice."""
