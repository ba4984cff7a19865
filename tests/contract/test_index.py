"""What every engine of the index promises."""

import random
from collections.abc import Iterator

import msgspec
import pytest

from harvester.item import Agent, Date, Link, Provenance, Subject, Term, Text
from indexer.document import Document, to_document
from indexer.engines import embedded_folding
from indexer.errors import BadQueryError
from indexer.index import Index, WriteReport
from indexer.query import Bucket, Choice, Condition, FacetRequest, Query, Sort
from tests.contract.index_engines import ENGINES, new_index
from tests.indexer.making import make_item


@pytest.fixture(params=ENGINES)
def index(request, tmp_path) -> Iterator[Index]:
    with new_index(request.param, request, tmp_path) as opened:
        yield opened


def write(index: Index, *items) -> WriteReport:
    report = index.write([to_document(item) for item in items])
    index.refresh()
    return report


def ids(index: Index, **asked) -> list[str]:
    return [hit.id for hit in index.search(Query(**asked)).hits]


def test_an_empty_index_finds_nothing(index):
    hits = index.search(Query(facets=(FacetRequest("genre"),)))
    assert (hits.total, hits.hits, hits.facets["genre"].values, hits.facets["genre"].missing) == (0, (), (), 0)
    assert index.properties(Query()) == {}
    assert list(index.versions()) == []


def test_creating_again_keeps_what_is_there(index):
    write(index, make_item(1))
    index.create()
    assert ids(index) == ["i00001"]


def test_a_hit_carries_the_items_json(index):
    item = make_item(7, title=(Text("Éléphants"),), creator=(Agent("Cannata, M."), Agent("Abel, Z.")))
    write(index, item)
    (hit,) = index.search(Query()).hits
    assert msgspec.json.decode(hit.item, type=type(item)) == item


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 2, 1), (2, 3, 1)])
def test_the_highest_version_stays_whatever_the_order(index, order):
    reports = [write(index, make_item(1, version=version, title=(Text(f"v{version}"),))) for version in order]
    assert ids(index, text="v3") == ["i00001"]
    assert ids(index, text="v1") == []
    assert list(index.versions()) == [("i00001", 3, False)]
    assert sum(report.written + report.newer for report in reports) == 3


def test_an_older_version_counts_as_newer_in_the_index(index):
    assert write(index, make_item(1, version=5), make_item(2, version=5)) == WriteReport(2, 0)
    assert write(index, make_item(1, version=4), make_item(2, version=6)) == WriteReport(1, 1)


def test_the_same_version_again_changes_nothing(index):
    write(index, make_item(1, version=5))
    assert write(index, make_item(1, version=5)) == WriteReport(1, 0)
    assert index.search(Query()).total == 1


def test_two_versions_in_one_batch_leave_the_higher_one(index):
    report = write(index, make_item(1, version=2, title=(Text("two"),)), make_item(1, version=1, title=(Text("one"),)))
    assert (report.written, report.newer) == (1, 1)
    assert ids(index, text="two") == ["i00001"]
    assert ids(index, text="one") == []


def test_a_tombstone_is_never_found_and_never_overwritten_by_an_older_version(index):
    write(index, make_item(1, version=1, genre=(Term("Empirical"),)), make_item(2))
    write(index, make_item(1, version=3, deleted=True, title=()))
    assert write(index, make_item(1, version=2)) == WriteReport(0, 1)
    hits = index.search(Query(facets=(FacetRequest("genre"), FacetRequest("nothing"))))
    assert (hits.total, hits.facets["genre"].values) == (1, ())
    assert (hits.facets["genre"].missing, hits.facets["nothing"].missing) == (1, 1)
    assert ids(index, filters=(Condition("genre", "missing"),)) == ["i00002"]
    assert "genre" not in index.properties(Query())
    assert list(index.versions()) == [("i00001", 3, True), ("i00002", 1, False)]


def test_a_deleted_item_comes_back_with_a_newer_version(index):
    write(index, make_item(1, version=1, deleted=True, title=()))
    write(index, make_item(1, version=2))
    assert ids(index) == ["i00001"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("improvement", True),
        ("IMPROVEMENT communities", True),
        ("improve", False),
        ('"improvement communities"', True),
        ('"communities improvement"', False),
        ('"scale up abel"', False),
        ("elephants", True),
        ("éléphants", True),
        ("strasse", True),
        ("中国", True),
        ("国中", False),
        ("10.1080/0161956X.2017.1368633", True),
        ("peabody", True),
        ("blue", True),
        ("improvement absent", False),
    ],
)
def test_text_finds_whole_words_in_every_searched_property(index, text, found):
    item = make_item(
        1,
        title=(Text("Partnering for Improvement: Improvement Communities and Their Role in Scale Up"),),
        alternative=(Text("Abel's Éléphants in der Straße, 中国"),),
        doi="10.1080/0161956x.2017.1368633",
        extra={"colour": ("blue",), "container_title": ("Peabody Journal",)},
    )
    write(index, item, make_item(2))
    assert ids(index, text=text) == (["i00001"] if found else [])


def test_words_far_into_a_long_value_are_found(index):
    """An abstract is often longer than a value that is filtered by may be, and so is what nobody has declared."""
    long = "word " * 400
    write(
        index,
        make_item(1, abstract=(Text(f"{long}needle. {long}haystack"),)),
        make_item(2, extra={"note": (f"{long}needle",)}),
    )
    assert set(ids(index, text="needle")) == {"i00001", "i00002"}
    assert ids(index, text='abstract:"needle word"') == ["i00001"]
    assert ids(index, text="haystack") == ["i00001"]


def test_a_title_ranks_before_an_abstract(index):
    long_text = "networks " + "of many other words " * 5
    write(
        index,
        make_item(1, title=(Text("Other things"),), abstract=(Text(long_text),)),
        make_item(2, title=(Text("Networks"),), abstract=(Text("of many other words " * 5),)),
    )
    hits = index.search(Query(text="networks", sort=Sort("relevance"))).hits
    assert [hit.id for hit in hits] == ["i00002", "i00001"]
    assert hits[0].score is not None
    assert hits[1].score is not None
    assert hits[0].score > hits[1].score > 0


def test_relevance_pages_by_offset_and_ends_at_ten_thousand(index):
    write(index, *(make_item(number, title=(Text("same words"),)) for number in range(5)))
    pages = [ids(index, text="same", sort=Sort("relevance"), size=2, offset=offset) for offset in (0, 2, 4)]
    assert sorted(pages[0] + pages[1] + pages[2]) == [f"i{number:05d}" for number in range(5)]
    with pytest.raises(BadQueryError) as raised:
        index.search(Query(text="same", sort=Sort("relevance"), size=10, offset=9_991))
    assert raised.value.parameter == "cursor"


@pytest.mark.parametrize("descending", [True, False])
def test_undated_items_come_last_either_way(index, descending):
    write(
        index,
        make_item(1, date=Date("1999", 1999)),
        make_item(2),
        make_item(3, date=Date("2017-05", 2017)),
        make_item(4, date=Date("-0050", -50)),
    )
    expected = ["i00003", "i00001", "i00004"] if descending else ["i00004", "i00001", "i00003"]
    assert ids(index, sort=Sort("date", descending)) == [*expected, "i00002"]


def test_paging_by_key_survives_changes_between_pages(index):
    write(index, *(make_item(number) for number in range(6)))
    query = Query(sort=Sort("title", descending=False), size=3)
    first = index.search(query)
    write(index, make_item(0, version=2, deleted=True, title=()), make_item(9))
    second = index.search(msgspec.structs.replace(query, after=first.hits[-1].key, size=10))
    assert [hit.id for hit in second.hits] == ["i00003", "i00004", "i00005", "i00009"]
    assert second.total == 6


def test_titles_sort_without_accents_case_and_punctuation(index):
    titles = ["Zebra", "«Éclair»", "eclair", "An apple", "", "apple"]
    write(index, *(make_item(n, title=(Text(t),) if t else ()) for n, t in enumerate(titles)))
    assert ids(index, sort=Sort("title", descending=False)) == [f"i0000{n}" for n in (3, 5, 1, 2, 0, 4)]


def test_a_facet_leaves_out_its_own_filter_only(index):
    write(
        index,
        make_item(1, genre=(Term("Empirical"),), resource_status=(Term("Published Text"),)),
        make_item(2, genre=(Term("Methodological"),), resource_status=(Term("Published Text"),)),
        make_item(3, genre=(Term("Empirical"), Term("Methodological"))),
    )
    hits = index.search(
        Query(
            filters=(Condition("genre", "is", "Empirical"),),
            facets=(FacetRequest("genre"), FacetRequest("resource_status")),
        )
    )
    assert hits.total == 2
    assert hits.facets["genre"].values == (Bucket("Empirical", 2), Bucket("Methodological", 2))
    assert hits.facets["resource_status"].values == (Bucket("Published Text", 1),)
    assert hits.facets["resource_status"].missing == 1


def test_a_page_of_facets_asked_again_has_what_was_written_since(index):
    page = Query(facets=(FacetRequest("genre"), FacetRequest("year")))
    for number in range(1, 5):
        write(index, make_item(number, genre=(Term("Empirical"),)), make_item(0, version=number, volume=str(number)))
        for _ in range(3):  # an engine may keep an answer, until its index changes
            found = index.search(page)
            assert found.total == len(found.hits) == number + 1
            assert (found.facets["genre"].values, found.facets["genre"].missing) == ((Bucket("Empirical", number),), 1)
            assert str(number) in {msgspec.json.decode(hit.item)["volume"] for hit in found.hits if hit.id == "i00000"}


def test_a_selected_value_stays_visible_at_zero_and_below_the_cut(index):
    write(
        index,
        *(make_item(n, genre=(Term("Empirical"),)) for n in range(3)),
        make_item(5, genre=(Term("Rare"), Term("Also rare"))),
    )
    filters = (Condition("genre", "is", "Rare"), Condition("genre", "is", "Never seen"))
    counts = index.search(Query(filters=filters, facets=(FacetRequest("genre", 1),))).facets["genre"]
    assert counts.values == (Bucket("Empirical", 3), Bucket("Rare", 1), Bucket("Never seen", 0))
    assert counts.other == 1


def test_links_and_unknown_relations_can_be_filtered_and_counted(index):
    write(index, make_item(1, links=(Link("is_part_of", doi="10.5555/issue"), Link("mentions", title="Elsewhere"))))
    filters = (Condition("is_part_of", "is", "10.5555/issue"), Condition("mentions", "is", "Elsewhere"))
    hits = index.search(Query(filters=filters, facets=(FacetRequest("mentions"),)))
    assert hits.total == 1
    assert hits.facets["mentions"].values == (Bucket("Elsewhere", 1),)


def test_ten_thousand_property_names_do_no_harm(index):
    items = [make_item(n, extra={f"name {n * 50 + k}.x": (f"value {k}",) for k in range(50)}) for n in range(200)]
    assert write(index, *items) == WriteReport(200, 0)
    assert ids(index, filters=(Condition("name 9999.x", "is", "value 49"),)) == ["i00199"]
    assert index.properties(Query(text="value"))["name 5000.x"] == 1


@pytest.mark.parametrize(
    ("query", "parameter", "words"),
    [
        (Query(filters=(Condition("abstract", "is", "x"),)), "filter", "search it with q"),
        (Query(filters=(Condition("genre", "range", low="2015"),)), "filter", "date, year and harvested"),
        (Query(filters=(Condition("date", "range", low="soon"),)), "filter", "'soon' is no date"),
        (Query(filters=(Condition("date", "range", low="2015-13"),)), "filter", "no month 13"),
        (Query(filters=(Condition("date", "range", high="2015-02-29"),)), "filter", "no day 29"),
        (Query(filters=(Condition("year", "range", low="2017", high="2015"),)), "filter", "ends before it starts"),
        (Query(filters=(Condition("year", "range"),)), "filter", "at least one end"),
        (Query(facets=(FacetRequest("abstract"),)), "facet", "no facet"),
        (Query(facets=(FacetRequest("genre"), FacetRequest("genre", 5))), "facet", "twice"),
        (Query(sort=Sort("colour")), "sort", "'colour'"),
        (Query(text="word " * 3 + " ".join(f"w{n}" for n in range(100))), "q", "more than 100 words"),
    ],
)
def test_wrong_questions_name_the_parameter(index, query, parameter, words):
    with pytest.raises(BadQueryError, match=words) as raised:
        index.search(query)
    assert raised.value.parameter == parameter


def test_versions_come_in_order_of_id(index):
    documents = [Document(id=f"x{n:05d}", version=n + 1, deleted=n % 2 == 0) for n in range(12_000)]
    index.write(documents[6_000:])
    index.write(documents[:6_000])
    index.refresh()
    assert list(index.versions()) == [(d.id, d.version, d.deleted) for d in documents]


def test_values_of_a_property_are_walked_in_order(index):
    genres = [f"Genre {number:02}" for number in range(25)]
    items = [
        make_item(n, genre=(Term(genres[n % 25]), Term("Éléments")), extra={"odd name.x": (f"v{n % 7}",)})
        for n in range(60)
    ]
    write(index, *items)
    walked, after = [], ""
    while batch := index.values(Query(), "genre", after=after, limit=7):
        walked += batch
        after = batch[-1].value
    assert [bucket.value for bucket in walked] == [*genres, "Éléments"]
    assert {bucket.value: bucket.count for bucket in walked}["Éléments"] == 60
    some = Query(filters=(Condition("genre", "is", "Genre 03"),))
    assert index.values(some, "genre", after="", limit=9) == [Bucket("Genre 03", 3), Bucket("Éléments", 3)]
    odd = index.values(Query(), "odd name.x", after="v4", limit=9)
    assert [(bucket.value, bucket.count) for bucket in odd] == [("v5", 8), ("v6", 8)]
    assert index.values(Query(), "nothing", after="", limit=9) == []


def test_values_are_suggested_whatever_case_and_accents(index):
    items = [
        make_item(1, creator=(Agent("Élan, Ada"), Agent("Elan, Bo")), subject=(Subject("Elanor"),)),
        make_item(2, creator=(Agent("Elan, Bo"),)),
        make_item(3, creator=(Agent("elan*x"), Agent("Odd\x1fpart"))),
    ]
    write(index, *items)
    write(index, make_item(2, version=2, deleted=True, title=()))
    write(index, make_item(4, creator=(Agent("Elan, Bo"),)))
    assert index.suggest("éLA", 10) == [
        Choice("creator", "Elan, Bo", 2),
        Choice("creator", "elan*x", 1),
        Choice("creator", "Élan, Ada", 1),
        Choice("subject", "Elanor", 1),
    ]
    assert index.suggest("elan*", 10) == [Choice("creator", "elan*x", 1)]
    assert [choice.value for choice in index.suggest("elan", 1)] == ["Elan, Bo"]
    assert index.suggest("odd", 10) == []
    assert index.suggest('a.*"[x]{2}|~&@<#>', 10) == []


def test_a_pasted_identifier_finds_its_item(index):
    doi, oai = "10.1016/S0140-6736(20)30183-5", "oai:arXiv.org:2101.00001"
    write(
        index,
        make_item(1, doi=doi.lower()),
        make_item(2, provenance=(Provenance("one", "oai_dc", oai, "2026-11-20"),)),
        make_item(3, description=(Text(f"see https://doi.org/{doi}"),)),
        make_item(4, provenance=(Provenance("one", "oai_dc", "oai:x:1", "2026-11-20"),)),
    )
    for text in (doi, f"doi:{doi}", f"https://doi.org/{doi}"):
        assert "i00001" in ids(index, text=text), text
    assert ids(index, text=f"https://dx.doi.org/{doi}", sort=Sort("id", descending=False)) == ["i00001", "i00003"]
    assert ids(index, text=oai) == ["i00002"]
    assert ids(index, text="oai:x:1") == ["i00004"]


@pytest.mark.parametrize("sort", [Sort("date"), Sort("title", descending=False), Sort("relevance")])
def test_of_one_work_the_first_is_shown_and_all_are_counted(index, sort):
    for number in range(12):  # each in a commit of its own: several segments
        title = "The scaling of improvement networks in schools" if number % 3 == 0 else f"Improvement {number}"
        date = Date(f"{2000 + number}", 2000 + number, "year")
        write(index, make_item(number, title=(Text(title),), creator=(Agent("Cannata, M."),), date=date))
    asked = Query(text="improvement", sort=sort, size=100)
    plain = index.search(asked)
    works = {hit.id: "one" if int(hit.id[1:]) % 3 == 0 else hit.id for hit in plain.hits}
    firsts = {}
    for hit in plain.hits:
        firsts.setdefault(works[hit.id], hit.id)
    folded = msgspec.structs.replace(asked, by_work=True, facets=(FacetRequest("year", 20),))
    found = index.search(folded)
    if sort.name == "relevance":  # which of several with one score is first is the engine's own
        assert {works[hit.id] for hit in found.hits} == set(firsts)
        assert len(found.hits) == len(firsts)
    else:
        assert [hit.id for hit in found.hits] == list(firsts.values())
    assert (found.total, len(found.facets["year"].values)) == (12, 12)
    pages = [index.search(msgspec.structs.replace(folded, size=4, offset=offset)).hits for offset in (0, 4, 8)]
    assert [hit.id for page in pages for hit in page] == [hit.id for hit in found.hits]


@pytest.mark.parametrize("sort", [Sort("date"), Sort("title", descending=False), Sort("id"), Sort("relevance")])
def test_pages_by_work_give_each_work_once_and_all(index, sort, monkeypatch):
    monkeypatch.setattr(embedded_folding, "LEAST_HITS", 1)
    numbers = random.Random(3)
    kinds = [numbers.choice(("many", "few", "own")) for _ in range(200)]
    titles = [
        {"many": "The scaling of networks in schools", "few": f"Networks of improvement, part {n % 20}"}.get(
            kind, f"Networks alone {n}"
        )
        for n, kind in enumerate(kinds)
    ]
    made = [
        make_item(
            n, title=(Text(title),), creator=(Agent("Cannata, M."),), date=Date(f"{1900 + n % 90}", 1900 + n % 90)
        )
        for n, title in enumerate(titles)
    ]
    for start in range(0, len(made), 50):  # several segments
        write(index, *made[start : start + 50])
    asked = Query(text="networks", sort=sort, size=1_000)
    plain = [hit.id for hit in index.search(asked).hits]
    assert len(plain) == len(made)
    firsts: dict[str, str] = {}
    for item_id in plain:
        firsts.setdefault(titles[int(item_id[1:])], item_id)
    pages, page = [], msgspec.structs.replace(asked, by_work=True, size=7)
    while hits := index.search(page).hits:
        pages.append([hit.id for hit in hits])
        page = msgspec.structs.replace(page, offset=page.offset + 7)
    shown = [item_id for hits in pages for item_id in hits]
    assert all(len(hits) == 7 for hits in pages[:-1])
    assert sorted(titles[int(item_id[1:])] for item_id in shown) == sorted(firsts)
    if sort.name != "relevance":  # which of several with one score is first is the engine's own
        assert shown == list(firsts.values())


def test_words_nearly_spelled_so_are_found(index):
    write(index, *(make_item(number, title=(Text("Improvement networks of schools"),)) for number in range(3)))
    write(index, make_item(4, title=(Text("Improvements éducation"),)))
    assert index.near_words("improvment")[0] == "improvement"
    assert index.near_words("netwroks") == ["networks"]
    assert index.near_words("educatoin") == ["education"]
    assert index.near_words("zzzzzz") == index.near_words("of") == []


def test_a_page_without_its_total_has_the_same_hits(index):
    write(index, *(make_item(number) for number in range(5)))
    asked = Query(size=2, sort=Sort("id", descending=False), after="i00001")
    found = index.search(msgspec.structs.replace(asked, with_total=False))
    assert (found.total, found.hits) == (0, index.search(asked).hits)
    assert index.search(asked).total == 5  # of all pages, wherever one begins
