"""What the house withstands: it recovers by itself, soon after the cause has gone."""
