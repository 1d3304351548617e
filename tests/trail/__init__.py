"""The trail and the trash."""
