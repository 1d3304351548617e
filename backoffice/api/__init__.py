"""The machinery of the API; knows no feature."""
