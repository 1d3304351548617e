"""The languages as a whole: how far each is, beginning and keeping them, and taking catalogs out and in."""
