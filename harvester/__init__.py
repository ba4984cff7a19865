"""Repositories to pages to records to items: harvesting, normalising, the archive and the store."""
