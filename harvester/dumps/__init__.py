"""Saved answers as a source: files, packed files, archives and folders."""
