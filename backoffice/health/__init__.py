"""What machines ask: whether the process lives, whether it is ready, and its numbers."""
