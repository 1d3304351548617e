"""Rules that decide about a comment before anybody reads it, and what they found."""
