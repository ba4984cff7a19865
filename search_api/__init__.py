"""HTTP: query strings to queries, hits to JSON and pages."""
