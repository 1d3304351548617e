"""Where a text is used: what a page says, with a way to each of its texts, for translators who asked for it."""
