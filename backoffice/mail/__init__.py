"""Delivering what stands in the outbox, and showing it."""
