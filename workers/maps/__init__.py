"""What a mapping does to archived pages: read, compared, and what it leaves unmapped."""
