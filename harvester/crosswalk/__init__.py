"""Record to metadata: mappings as data, and what their readings are made into."""
