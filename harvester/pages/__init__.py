"""What a page brings and what follows it: records, next pages, setbacks."""
