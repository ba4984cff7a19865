"""arXiv and arXivRaw: preprints that name the version published afterwards."""

from tests.harvester.mappings.reading_records import read

ARXIV = """<arXiv xmlns="http://arxiv.org/OAI/arXiv/"><id>2101.00001</id><created>2021-01-14</created>
 <updated>2021-05-31</updated><authors><author><keyname>Loop</keyname><forenames>Ada</forenames><suffix>Jr</suffix>
 </author><author><keyname>Loop Collaboration</keyname></author></authors><title>Loops</title>
 <categories>cs.LO math.CO</categories><journal-ref>{ref}</journal-ref><doi>10.1234/a, 10.1234/b;10.1234/c</doi>
 <license>http://creativecommons.org/licenses/by/4.0/</license><abstract>All end.</abstract></arXiv>"""
RAW = """<arXivRaw xmlns="http://arxiv.org/OAI/arXivRaw/"><id>2101.00001</id><submitter>Ada Loop</submitter>
 <version version="v1"><date>Thu, 14 Jan 2021 10:20:30 GMT</date><size>1kb</size></version>
 <version version="v2"><date>Mon, 31 May 2021 08:00:00 GMT</date><size>1kb</size></version>
 <title>Loops</title>
 <authors>Ada Loop (Inst. of Ends, City) and Bob K. While</authors><doi>10.1234/a</doi></arXivRaw>"""


def test_arxiv():
    item = read(ARXIV.format(ref="J. Loops 3 (2021), no. 2, 11-19"), "arXiv")
    assert (item.title[0].value, item.abstract[0].value, item.date.edtf) == ("Loops", "All end.", "2021-01-14")
    assert [term.label for term in item.resource_type] == ["preprint"]
    assert [agent.name for agent in item.creator] == ["Loop, Ada, Jr", "Loop Collaboration"]
    assert (item.container.title, item.volume, item.issue, item.pages.start) == ("J. Loops", "3", "2", "11")
    assert [subject.value for subject in item.subject] == ["cs.LO", "math.CO"]
    assert item.rights[0].label == "CC BY 4.0"


def test_doi_of_the_published_version_is_never_the_own_one():
    item = read(ARXIV.format(ref="J. Loops 3, 11-19 (2021). https://doi.org/10.1234/a"), "arXiv")
    assert item.doi is None
    assert [(found.scheme, found.value, found.role) for found in item.identifier] == [
        ("arxiv", "2101.00001", "self"),
        ("doi", "10.1234/a", "version"),
        ("doi", "10.1234/b", "version"),
        ("doi", "10.1234/c", "version"),
    ]
    assert item.container.title == "J. Loops"


def test_raw_record_is_dated_by_its_first_version():
    item = read(RAW, "arXivRaw")
    assert (item.date.edtf, [date.edtf for date in item.dates]) == ("2021-01-14", ["2021-05-31"])
    assert [agent.name for agent in item.creator] == ["Ada Loop", "Bob K. While"]
    assert ([term.label for term in item.resource_type], item.doi) == (["preprint"], None)
