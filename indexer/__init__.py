"""Items to documents to index; queries to hits."""
