import msgspec

from harvester.item import (
    SCHEMA,
    Agent,
    Citation,
    Container,
    Date,
    Funding,
    Identifier,
    Item,
    Language,
    Link,
    Pages,
    Provenance,
    Rights,
    Subject,
    Term,
    Text,
)
from indexer.document import Document, encode, to_document
from tests.indexer.making import make_item

TITLE = "Partnering for Improvement: Improvement Communities and Their Role in Scale Up"
ISSUE = "Peabody Journal of Education [Special Issue]: New Frontiers in Scaling Up Research"
DOI = "10.1080/0161956x.2017.1368633"
KNOWN = Item(
    id="abc",
    schema=SCHEMA,
    version=3,
    harvested="2026-11-23T10:00:00Z",
    title=(Text(TITLE, "en"),),
    abstract=(Text("There is increasing interest."),),
    creator=(Agent("Cannata, M."), Agent("Cohen-Vogel, L."), Agent("Sorum, M.")),
    date=Date("2017", 2017, "year", "issued", "(2017)"),
    volume="92",
    issue="5",
    pages=Pages("569-588", "569", "588", 20),
    container=Container("Peabody Journal of Education"),
    resource_type=(Term("Research/Scholarly Media"),),
    resource_status=(Term("Published Text"), Term("Preprint/Forthcoming Resource")),
    genre=(Term("Methodological"), Term("Empirical")),
    funding=(
        Funding("Institute of Education Sciences (IES)", number="Institute of Education Sciences Grant #R305C10023"),
    ),
    citation=Citation("Cannata, M. (2017)."),
    doi=DOI,
    identifier=(Identifier("doi", DOI),),
    language=(Language("en"),),
    subject=(Subject("Scale up"),),
    rights=(Rights("CC BY 4.0", "cc-by"),),
    access=Term("open access"),
    links=(Link("is_part_of", title=ISSUE), Link("mentions", url="https://x.example/")),
    extra={"coverage": ("Tennessee", "Tennessee", ""), "subject": ("Networks",)},
    quality=("date_from_citation",),
    provenance=(
        Provenance("hub", "oai_dc", "oai:hub:1", "2026-11-20", ("edu",)),
        Provenance("gone", "oai_dc", "oai:gone:1", "2026-11-20", ("old",), deleted=True),
    ),
)


def test_the_known_item_by_property():
    document = to_document(KNOWN)
    assert document.props == {
        "title": (TITLE,),
        "creator": ("Cannata, M.", "Cohen-Vogel, L.", "Sorum, M."),
        "date": ("2017",),
        "year": ("2017",),
        "volume": ("92",),
        "issue": ("5",),
        "pages": ("569-588",),
        "container": ("Peabody Journal of Education",),
        "resource_type": ("Research/Scholarly Media",),
        "resource_status": ("Published Text", "Preprint/Forthcoming Resource"),
        "genre": ("Methodological", "Empirical"),
        "funder": ("Institute of Education Sciences (IES)",),
        "grant_number": ("Institute of Education Sciences Grant #R305C10023",),
        "doi": (DOI,),
        "identifier": (DOI,),
        "record_identifier": ("oai:hub:1",),
        "language": ("en",),
        "subject": ("Scale up", "Networks"),
        "rights": ("CC BY 4.0",),
        "access": ("open access",),
        "endpoint": ("hub",),
        "set": ("edu",),
        "metadata_prefix": ("oai_dc",),
        "harvested": ("2026-11-23",),
        "quality": ("date_from_citation",),
        "links_to": ("https://x.example/",),
        "is_part_of": (ISSUE,),
    }
    assert document.extra == {"coverage": ("Tennessee",), "mentions": ("https://x.example/",)}
    assert set(document.present) == {*document.props, *document.extra, "abstract", "citation"}


def test_the_known_items_numbers_keys_and_text():
    document = to_document(KNOWN)
    assert (document.date_from, document.date_to, document.year, document.harvested) == (
        20170101,
        20171231,
        2017,
        20261123,
    )
    assert {name: key for name, key in document.order.items() if name != "random"} == {
        "date": "1020170101\x1fabc",
        "date_desc": "1020170101\x1fabc",
        "title": "partnering for improvement improvement communities and their role in scale up\x1fabc",
        "harvested": "2026-11-23T10:00:00Z\x1fabc",
    }
    words = document.words
    assert words["title"] == document.order["title"][:-4]
    assert words["abstract"] == "there is increasing interest"
    assert document.text.startswith(
        f"{words['title']} \x02 {words['abstract']} \x02 cannata m \x02 cohen vogel l \x02 "
    )
    for words in (
        "peabody journal of education",
        "r305c10023",
        "10 1080 0161956x 2017 1368633",
        "tennessee",
        "empirical",
    ):
        assert words in document.text


def test_a_document_is_one_line_of_json_that_holds_the_item():
    encoded = encode(to_document(KNOWN))
    assert b"\n" not in encoded
    assert msgspec.json.decode(encoded, type=Document).id == "abc"
    assert msgspec.json.decode(msgspec.json.decode(encoded, type=Document).item, type=Item) == KNOWN


def test_a_deleted_item_gives_a_tombstone():
    assert to_document(msgspec.structs.replace(KNOWN, deleted=True)) == Document(id="abc", version=3, deleted=True)


def test_an_item_without_date_and_title_has_keys_that_come_last():
    order = to_document(make_item(1, title=(), date=Date(literal="undated"))).order
    assert order["date"] > "9999999999\x1fi"
    assert order["date_desc"] < "0000000000\x1fi"
    assert order["title"] > "龠龠\x1fi"


def test_a_date_that_is_not_understood_is_missing():
    document = to_document(make_item(1, date=Date(literal="undated")))
    assert "date" not in document.present
    assert (document.date_from, document.date_to, document.year) == (None, None, None)


def test_negative_years_sort_before_positive_ones():
    keys = [to_document(make_item(1, date=Date(edtf, 0))).order["date"] for edtf in ("-0050", "0000", "0999", "2017")]
    assert keys == sorted(keys)


def test_a_title_key_is_cut_and_a_long_value_too():
    document = to_document(make_item(1, title=(Text("word " * 400),)))
    assert len(document.order["title"]) == 100 + 1 + 6
    assert len(document.props["title"][0]) <= 1_000
