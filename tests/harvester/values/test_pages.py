import pytest

from harvester.item import Pages
from harvester.values.pages import parse_pages


@pytest.mark.parametrize(
    ("text", "pages"),
    [
        ("569-588", Pages("569-588", "569", "588", 20)),
        ("569–588", Pages("569–588", "569", "588", 20)),
        ("pp. 3-9", Pages("pp. 3-9", "3", "9", 7)),
        ("6176 - 6180", Pages("6176 - 6180", "6176", "6180", 5)),
        ("1082-9", Pages("1082-9", "1082", "1089", 8)),
        ("1-1", Pages("1-1", "1", "1", 1)),
        ("20-10", Pages("20-10", "20", "10")),
        ("391", Pages("391", "391")),
        ("p. 391.", Pages("p. 391", "391")),
        ("473s", Pages("473s", "473s")),
        ("xv", Pages("xv", "xv")),
        ("i-ii", Pages("i-ii", "i", "ii")),
        ("S12-S34", Pages("S12-S34", "S12", "S34")),
        ("604.4-604", Pages("604.4-604", "604.4", "604")),
        ("1308-1309.e1", Pages("1308-1309.e1", "1308", "1309.e1")),
        ("e1008184", Pages("e1008184", article="e1008184")),
        ("96973B", Pages("96973B", article="96973B")),
        ("062336", Pages("062336", article="062336")),
        ("Article No. 5", Pages("Article No. 5", article="5")),
        ("123-125, 130", Pages("123-125, 130")),
    ],
)
def test_pages_are_as_the_source_writes_them(text, pages):
    assert parse_pages(text) == pages


@pytest.mark.parametrize("text", ["", "-", "n/a", "24 pages", "xii, 250 p.", "10 p.", "no pages", "1" * 61])
def test_a_text_without_pages_gives_none(text):
    assert parse_pages(text) is None
