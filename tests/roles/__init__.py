"""Tests of `backoffice.roles`."""
