"""The people who comment: what holds for them, what staff know of them, what they report, and what they are told."""
