"""Facet columns of the embedded index: what values the documents have of each property, as numbers in numpy arrays.

tantivy finds, these count. Its own terms aggregation is not exact over several segments (measured: a quarter of the
lists of long-tailed properties wrong, research of the project, index 4), and slow when it is asked for all values.

- Every document written gets a row: a number that is never given again.
- A block is a file with the values of neighbouring rows. It is on disk before the commit that makes its rows visible,
  so whatever a search finds can be counted. Rows of documents replaced later stay; no search finds them.
- Blocks are merged as they pile up: each is larger than all behind it, so there are few.
- A reader loads the column of a property when it is first asked for, and appends what later blocks bring.
"""
