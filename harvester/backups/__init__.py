"""Backups: the archive and the store in a folder, of one moment; the index is made anew from them."""
