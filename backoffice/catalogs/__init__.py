"""The languages: catalogs of messages, and the commands that keep them."""
