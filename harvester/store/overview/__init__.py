"""What operators ask of the whole store, each in a bounded number of queries whatever is in it."""
