"""Each format is read back by a program of others."""

import csv
import io
import json
import tempfile
import tracemalloc

import bibtexparser
import openpyxl
import pytest
import python_calamine
import rispy
from lxml import etree
from pyld import jsonld

from harvester.item import (
    Affiliation,
    Agent,
    Container,
    Date,
    Funding,
    Identifier,
    Item,
    Language,
    Link,
    Pages,
    Rights,
    Subject,
    Term,
    Text,
)
from search_api.formats import ods, sheets
from search_api.formats.jsonld import make_context
from search_api.formats.rows import COLUMNS, row_of
from search_api.formats.table import FORMATS, write_all, write_one

HUB = "https://hub.example.org"
DC = "{http://purl.org/dc/elements/1.1/}"
ELEMENTS = frozenset(
    (
        *("title", "creator", "subject", "description", "publisher", "contributor", "date", "type", "format"),
        *("identifier", "source", "language", "relation", "coverage", "rights"),
    )
)
KERNEL = "{http://datacite.org/schema/kernel-4}"
ITEM = Item(
    id="01abc",
    schema="item/1",
    version=3,
    harvested="2026-11-25T00:00:00Z",
    title=(Text("Costs & benefits: 50 % of {all} schools", "en"),),
    abstract=(Text("First line.\nSecond\x0b line with <tags>.", "en"),),
    creator=(
        Agent("Müller, Ana", "Müller", "Ana", "person", orcid="https://orcid.org/0000-0002-1825-0097"),
        Agent("Institute of Trial and Error", kind="organization", affiliation=(Affiliation("Ministry"),)),
    ),
    date=Date("2017-05-12", 2017, "day"),
    volume="92",
    issue="5",
    pages=Pages("569-588", "569", "588", 20),
    container=Container("Journal of Schools", "journal", ("1234-5679",)),
    publisher=("Made Press",),
    resource_type=(Term("journal article", uri="http://purl.org/coar/resource_type/c_6501"),),
    genre=(Term("Empirical"),),
    funding=(Funding("A Funder", "https://ror.org/1", "R305", uri="https://a.example/R305"),),
    doi="10.1000/a_b",
    identifier=(
        Identifier("doi", "10.1000/a_b", "https://doi.org/10.1000/a_b"),
        Identifier("handle", "1/2", "https://hdl.handle.net/1/2"),
    ),
    language=(Language("en"),),
    subject=(Subject("schools"), Subject("=cost()")),
    rights=(Rights("CC BY 4.0", uri="https://creativecommons.org/licenses/by/4.0/"),),
    access=Term("open access"),
    links=(Link("is_part_of", doi="10.1000/issue"), Link("references", title="A book")),
    extra={"audience": ("teachers", "parents")},
)
BARE = Item(id="02", schema="item/1", version=1, harvested="2026-11-25T00:00:00Z")


def written(name, item=ITEM):
    return write_one(FORMATS[name], item, HUB).decode()


def listed(name, items=(ITEM, BARE)):
    return b"".join(write_all(FORMATS[name], items, HUB)).decode()


def test_bibtex_is_read_by_bibtexparser():
    library = bibtexparser.parse_string(listed("bibtex"))
    assert not library.failed_blocks
    entry, bare = library.entries
    fields = {field.key: field.value for field in entry.fields}
    assert (entry.entry_type, entry.key, bare.entry_type) == ("article", "01abc", "misc")
    assert fields["title"] == r"{Costs \& benefits: 50 \% of \{all\} schools}"
    assert fields["author"] == "Müller, Ana and {Institute of Trial and Error}"
    assert (fields["pages"], fields["year"], fields["month"], fields["number"]) == ("569--588", "2017", "5", "5")
    assert fields["doi"] == "10.1000/a_b"


def test_ris_is_read_by_rispy():
    entry, bare = rispy.loads(listed("ris"))
    assert entry["type_of_reference"] == "JOUR"
    assert entry["authors"] == ["Müller, Ana", "Institute of Trial and Error"]
    assert (entry["title"], entry["year"], entry["doi"]) == (ITEM.title[0].value, "2017", "10.1000/a_b")
    assert (entry["start_page"], entry["end_page"], entry["volume"], entry["number"]) == ("569", "588", "92", "5")
    assert entry["keywords"] == ["schools", "=cost()"]
    assert bare["id"] == "02"
    assert written("ris").splitlines()[-1] == "ER  - "


@pytest.mark.parametrize(("name", "delimiter"), [("csv", ","), ("tsv", "\t")])
def test_rows_have_one_column_a_property(name, delimiter):
    row, bare = csv.DictReader(io.StringIO(listed(name), newline=""), delimiter=delimiter)
    assert (row["id"], row["url"], row["genre"], row["year"]) == ("01abc", f"{HUB}/items/01abc", "Empirical", "2017")
    assert row["creator"] == "Müller, Ana | Institute of Trial and Error"
    assert row["links"] == "is_part_of: 10.1000/issue | references: A book"
    assert row["other"] == "audience: teachers | audience: parents"
    assert bare["title"] == ""
    assert written(name).count("\r\n") == 2


def test_a_cell_runs_no_formula_and_a_number_stays_one():
    item = Item(id="3", schema="", version=1, harvested="2026-11-25", title=(Text("=1+1"),), volume="-5")
    (row,) = csv.DictReader(io.StringIO(written("csv", item), newline=""))
    assert (row["title"], row["volume"]) == ("'=1+1", "-5")


def test_sheet_holds_text_alone():
    head, row, bare = openpyxl.load_workbook(io.BytesIO(b"".join(write_all(FORMATS["xlsx"], (ITEM, BARE), HUB)))).active
    cells = dict(zip([cell.value for cell in head], row, strict=True))
    assert (cells["year"].value, cells["year"].data_type) == ("2017", "s")
    assert (cells["subject"].value, cells["subject"].data_type) == ("schools | =cost()", "s")
    assert bare[0].value == "02"
    alone = openpyxl.load_workbook(io.BytesIO(write_one(FORMATS["xlsx"], ITEM, HUB))).active
    assert alone.max_row == 2


def test_a_sheet_that_is_full_says_where_the_rest_begins(monkeypatch):
    monkeypatch.setattr(sheets, "MOST_ROWS", 1)
    book = openpyxl.load_workbook(io.BytesIO(b"".join(write_all(FORMATS["xlsx"], (ITEM, BARE, BARE), HUB))))
    assert book.active["A3"].value.endswith("after=01abc")


def read_ods(content):
    (sheet,) = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content)).sheet_names
    assert sheet == "Items"
    return python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()


def test_ods_holds_the_rows_of_csv_as_text():
    head, row, bare = read_ods(b"".join(write_all(FORMATS["ods"], (ITEM, BARE), HUB)))
    assert tuple(head) == COLUMNS
    assert row == [cell.replace("\x0b", "") for cell in row_of(ITEM, f"{HUB}/items/{ITEM.id}")]  # no XML can hold it
    assert bare == row_of(BARE, f"{HUB}/items/{BARE.id}")
    content = write_one(FORMATS["ods"], ITEM, HUB)
    assert content[30:38] + content[38:84] == b"mimetype" + ods.MEDIA_TYPE.encode()


def test_ods_says_where_it_ends(monkeypatch):
    monkeypatch.setattr(ods, "MOST_ROWS", 1)
    _, _, last = read_ods(b"".join(write_all(FORMATS["ods"], (ITEM, BARE, BARE), HUB)))
    assert last[0] == ods.ENDS_HERE + ITEM.id


def test_ods_takes_no_memory_for_its_rows():
    def peak(count):
        with tempfile.TemporaryFile() as file:
            tracemalloc.start()
            ods.write_ods((ITEM for _ in range(count)), HUB, file)
            most = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            return most

    peak(10)
    assert peak(2_000) < peak(100) + 200_000


def test_jsonld_expands_to_the_terms_of_the_vocabularies():
    context = make_context(HUB)
    asked = []

    def load(url, _options):
        asked.append(url)
        return {"contentType": "application/ld+json", "contextUrl": None, "documentUrl": url, "document": context}

    (node,) = jsonld.expand(json.loads(written("jsonld")), {"documentLoader": load})
    assert asked == [f"{HUB}/api/v1/context.jsonld"]
    terms = "http://purl.org/dc/terms/"
    assert node["@id"] == f"{HUB}/items/01abc"
    assert node[f"{terms}title"] == [{"@value": ITEM.title[0].value, "@language": "en"}]
    assert node[f"{terms}isPartOf"] == [{"@id": "https://doi.org/10.1000/issue"}]
    assert node[f"{terms}references"] == [{"@value": "A book"}]
    assert node[f"{terms}date"] == [{"@value": "2017-05-12", "@type": "http://www.w3.org/2001/XMLSchema#date"}]
    first, second = node[f"{terms}creator"][0]["@list"]
    assert first["@id"] == "https://orcid.org/0000-0002-1825-0097"
    assert second["@type"] == ["http://xmlns.com/foaf/0.1/Organization"]
    assert node[f"{HUB}/api/v1/context.jsonld#audience"] == [{"@value": "teachers"}, {"@value": "parents"}]
    assert jsonld.expand(json.loads(written("jsonld", BARE)), {"documentLoader": load})


def test_dublin_core_has_the_fifteen_elements_alone():
    root = etree.fromstring(written("oai_dc").encode())
    said = {(child.tag.removeprefix(DC), child.text) for child in root}
    assert {("date", "2017-05-12"), ("identifier", "https://doi.org/10.1000/a_b"), ("language", "en")} <= said
    assert {("rights", "info:eu-repo/semantics/openAccess"), ("relation", "A Funder R305")} <= said
    assert ("description", "First line.\nSecond line with <tags>.") in said  # XML holds no vertical tab
    assert {name for name, _ in said} <= ELEMENTS


@pytest.mark.parametrize("item", [ITEM, BARE], ids=["rich", "bare"])
def test_datacite_has_what_the_kernel_requires(item):
    root = etree.fromstring(written("datacite", item).encode())
    required = ["identifier", "creators", "titles", "publisher", "publicationYear", "resourceType"]
    assert [child.tag for child in root][:6] == [KERNEL + name for name in required]
    assert all(child.text or len(child) for child in root)


def test_datacite_says_people_relations_and_grants():
    root = etree.fromstring(written("datacite").encode())
    name = root.find(f".//{KERNEL}creatorName")
    assert (name.text, name.get("nameType")) == ("Müller, Ana", "Personal")
    related = root.find(f".//{KERNEL}relatedIdentifier")
    assert (related.text, related.get("relationType")) == ("10.1000/issue", "IsPartOf")
    assert root.findtext(f".//{KERNEL}awardNumber") == "R305"
    assert root.find(f".//{KERNEL}resourceType").get("resourceTypeGeneral") == "JournalArticle"


@pytest.mark.parametrize("name", ["oai_dc", "datacite"])
def test_a_list_of_xml_is_one_document(name):
    assert len(etree.fromstring(listed(name).encode())) == 2


@pytest.mark.parametrize("name", ["json", "jsonld", "csl"])
def test_a_list_of_json_is_an_array(name):
    assert len(json.loads(listed(name))) == 2
    assert isinstance(json.loads(written(name)), dict)


def test_json_lines_are_one_object_a_line():
    assert [json.loads(line)["id"] for line in listed("jsonl").splitlines()] == ["01abc", "02"]
