"""What people may ask of the house as persons: their own data, their picture, to be forgotten, and an account."""
