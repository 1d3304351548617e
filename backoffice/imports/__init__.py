"""Bringing content in: streaming readers of WordPress exports and of comment tables, and what is done with them.

The readers know nothing of the database. Each offers `check(path)`, the first pass, which reads the whole file and
raises one plain sentence or returns counts, and `read(path)`, the second pass, which yields records in file order. Both
need memory for one item at a time, whatever the size of the file.
"""
