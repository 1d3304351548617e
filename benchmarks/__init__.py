"""Measurements that build their data, compare side by side and print a table; no tests."""
