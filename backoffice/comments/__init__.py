"""What readers write under posts, and what staff decide about it."""
