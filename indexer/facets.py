"""How counted values become a facet, the same for every engine."""

from collections.abc import Mapping, Sequence

from indexer.query import Bucket, FacetCounts


def complete_facet(
    *, values: Sequence[Bucket], selected: Mapping[str, int], missing: int, rest: int, error_bound: int = 0
) -> FacetCounts:
    """Give a facet of its top values (most frequent first, ties by value).

    `selected` values are added where they are not among them, also at zero; `rest` is the sum of the counts of all
    values but the top ones. `error_bound` as in the facet.
    """
    shown = {bucket.value for bucket in values}
    added = [Bucket(value, count) for value, count in selected.items() if value not in shown]
    return FacetCounts(
        values=(*values, *sorted(added, key=lambda bucket: (-bucket.count, bucket.value))),
        missing=missing,
        other=max(0, rest - sum(bucket.count for bucket in added)),  # an engine may count `added` a moment later
        error_bound=error_bound,
    )
