"""Articles of the Directory of Open Access Journals."""

from tests.harvester.mappings.reading_records import read

DOAJ = """<d:doajArticle xmlns:d="http://doaj.org/features/oai_doaj/1.0/"><d:language>eng</d:language>
 <d:publisher>Press</d:publisher><d:journalTitle>Medicine 21</d:journalTitle><d:issn>0028-0836</d:issn>
 <d:publicationDate>2017-03-01</d:publicationDate><d:volume>17</d:volume><d:issue>suppl1</d:issue>
 <d:startPage>e6892</d:startPage><d:endPage>e6892</d:endPage><d:doi>10.1234/own</d:doi><d:title>Oxygen</d:title>
 <d:authors><d:author><d:name>Ann Doe</d:name><d:affiliationId>1</d:affiliationId></d:author></d:authors>
 <d:affiliationsList><d:affiliationName affiliationId="1">Hospital</d:affiliationName></d:affiliationsList>
 <d:abstract>Should we?</d:abstract><d:fullTextUrl>http://e.example.org/1</d:fullTextUrl>
 <d:keywords><d:keyword>oxygen</d:keyword></d:keywords></d:doajArticle>"""


def test_article():
    item = read(DOAJ, "oai_doaj")
    assert (item.title[0].value, item.doi, item.date.edtf, item.publisher) == (
        "Oxygen", "10.1234/own", "2017-03-01", ("Press",),
    )  # fmt: skip
    assert (item.container.title, item.container.issn, item.volume, item.issue) == (
        "Medicine 21", ("0028-0836",), "17", "suppl1",
    )  # fmt: skip
    assert (item.pages.literal, [term.label for term in item.resource_type]) == ("e6892", ["journal article"])
    assert (item.creator[0].name, item.creator[0].affiliation[0].name) == ("Ann Doe", "Hospital")
    assert ([language.tag for language in item.language], item.subject[0].value) == (["en"], "oxygen")
    assert item.extra == {}
