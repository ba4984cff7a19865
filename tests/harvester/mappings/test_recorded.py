"""All recorded records of the nested formats go through, and most say the main things."""

import pytest

from harvester.crosswalk.normalize import normalize
from harvester.parsing.record import Record, RecordError
from tests.harvester.mappings.reading_records import REAL, recorded

RATES = {
    "marcxml": (0.99, 0.9, 0.6), "mods": (0.99, 0.2, 0.2), "crossref": (0.99, 0.95, 0.9), "dim": (0.9, 0.9, 0.85),
    "mets": (1, 1, 1),
}  # fmt: skip


@pytest.mark.skipif(not REAL.is_dir(), reason="no recorded records: ../shared/data/real is missing")
@pytest.mark.parametrize("name", RATES)
def test_recorded_records_say_title_date_and_creator(name):
    elements, items, reasons = recorded(name), [], []
    for element in elements:
        try:
            items.append(normalize(Record("oai:r:1", "2025-01-01", (), deleted=False, metadata=element), "unknown"))
        except RecordError as error:
            reasons.append(str(error))
    assert elements
    assert all(reasons)
    for field, rate in zip(("title", "date", "creator"), RATES[name], strict=True):
        assert sum(bool(getattr(item, field)) for item in items) >= rate * len(elements), field
