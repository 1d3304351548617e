"""What an installation needs before strangers can reach it."""
