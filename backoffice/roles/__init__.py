"""Roles as people look after them: side by side, compared, copied, as a file, explained, and seen through."""
