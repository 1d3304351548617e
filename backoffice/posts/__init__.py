"""Articles, and the words they are found by."""
