"""Deletion plans: proposed, decided, and carried out."""
