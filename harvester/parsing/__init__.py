"""Bytes to pages and records, however damaged."""
