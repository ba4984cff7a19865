"""The process tree of `oaihub run`: children that are tied to us, kept alive and stopped in order."""
