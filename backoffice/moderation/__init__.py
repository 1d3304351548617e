"""The moderation desk: what waits, who looks at it, and what was decided. Comments themselves belong to `comments`."""
