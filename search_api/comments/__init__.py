"""Comments of readers: what may be written, by whom and how much, what people are written about it, and its JSON."""
