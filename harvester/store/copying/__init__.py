"""The rows of the whole store, out of one database and into another."""
