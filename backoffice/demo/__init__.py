"""Sample content for trying things out: a small paper of a small harbour."""
