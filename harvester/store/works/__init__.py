"""Items as works: how they are joined, ruled over, edited, explained and shown."""
