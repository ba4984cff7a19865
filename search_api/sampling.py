"""A random sample of a result: every item has the same chance, and the same seed gives the same items.

Each item has a place on a circle, by a digest of its id; a sample is what follows the seed's place on it.
"""

import hashlib
from typing import Final

from msgspec import Raw, Struct, structs

from indexer.document import RANDOM_BYTES
from indexer.query import Sort
from search_api.hub import Hub, read_selection
from search_api.params import DEFAULT_SIZE, FILTER, SIZE, Pairs, Parameter, Q, collect_single, read_size
from search_api.render import show_hit

SEED: Final = Parameter(
    name="seed",
    meaning="Any text: the same seed gives the same items as long as the result is the same; another, others.",
    schema={"type": "string", "default": ""},
    example="7",
)
SAMPLE_PARAMETERS: Final = (Q, FILTER, SIZE, SEED)
_ORDER: Final = Sort("random", descending=False)


class Sample(Struct, frozen=True):
    """Items drawn from a result of `total` items."""

    total: int
    items: list[Raw]


def draw_sample(hub: Hub, pairs: Pairs) -> Sample:
    """Draw items. Raises: BadQueryError naming the parameter, IndexUnavailableError."""
    pairs = list(pairs)
    given = collect_single(pairs, SAMPLE_PARAMETERS)
    size = read_size(given["size"]) if "size" in given else DEFAULT_SIZE
    query = structs.replace(read_selection(hub, pairs), sort=_ORDER)
    start = hashlib.blake2b(given.get("seed", "").encode(), digest_size=RANDOM_BYTES).hexdigest()
    found = hub.index.search(structs.replace(query, size=size, after=start))
    hits = list(found.hits)
    if len(hits) < size:  # around the circle, up to the start
        before = hub.index.search(structs.replace(query, size=size - len(hits), with_total=False)).hits
        hits += [hit for hit in before if hit.key <= start]
    return Sample(found.total, [show_hit(hit, hub.public_url) for hit in hits])
