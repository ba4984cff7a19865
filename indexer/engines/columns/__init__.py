"""Facet columns of the embedded index: what values the documents have of each property, as numbers in numpy arrays.

tantivy finds, these count. Its own terms aggregation is not exact over several segments (measured: a quarter of the
lists of long-tailed properties wrong, research of the project, index 4), and slow when it is asked for all values.

- Every document written gets a row: a number that is never given again.
- A block is a file with the values of neighbouring rows. It is on disk before the commit that makes its rows visible,
  so whatever a search finds can be counted. Rows of documents that were replaced stay, and no search finds them. Once
  they are the most they are swept: their values go, their numbers stay until a new generation begins without them.
- Blocks are merged as they pile up: each is larger than all behind it, so there are few.
- A reader loads the column of a property when it is first asked for, and appends what later blocks bring. A server
  asks for the usual ones before it listens (search_api/warming.py).
- Of a query, its rows are found (rows.py) and counted (column.py); of everything, once per commit.

Measured by benchmarks/facets_embedded.py, p50 in ms, 8 facets and 20 hits sorted by date, against exact counts out of
tantivy before this (in brackets); writing takes as long as it did:

                       200,000 items    1,000,000 items
text, 1 % of items     9 (194)          28 (439)
text and two filters   11 (166)         41 (375)
filter, 26 %           44 (259)         137 (465)
filters on 4 facets    68 (277)         239 (792)
all                    8 (174)          15 (640)
all, after a commit    40               130
first page             220              820
memory of columns      0.15 GB          0.3 GB
"""
