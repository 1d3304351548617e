"""Who is told by mail of what happened and of what waits: notices, gathered, and digests."""
