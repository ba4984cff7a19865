import pytest

from harvester.item import Identifier
from harvester.values.identifiers import parse_identifier


@pytest.mark.parametrize(
    ("text", "scheme", "value", "url"),
    [
        ("doi:10.1038/NM.4054", "doi", "10.1038/nm.4054", "https://doi.org/10.1038/nm.4054"),
        (
            "10.1002/(SICI)1097-4571(199806)49:8<693::AID-ASI4>3.0.CO;2-O",
            "doi",
            "10.1002/(sici)1097-4571(199806)49:8<693::aid-asi4>3.0.co;2-o",
            "https://doi.org/10.1002/(sici)1097-4571(199806)49:8%3C693::aid-asi4%3E3.0.co;2-o",
        ),
        ("http://hdl.handle.net/2286/R.I.28146", "handle", "2286/R.I.28146", "https://hdl.handle.net/2286/R.I.28146"),
        ("hdl:2142/1", "handle", "2142/1", "https://hdl.handle.net/2142/1"),
        ("http://hdl.handle.net/21.T15999/Fw2", "handle", "21.T15999/Fw2", "https://hdl.handle.net/21.T15999/Fw2"),
        ("http://arxiv.org/abs/math/0105047", "arxiv", "math/0105047", "https://arxiv.org/abs/math/0105047"),
        ("arXiv:1412.1234v2", "arxiv", "1412.1234v2", "https://arxiv.org/abs/1412.1234v2"),
        ("oai:arXiv.org:0709.2184", "arxiv", "0709.2184", "https://arxiv.org/abs/0709.2184"),
        ("PMID: 12345", "pmid", "12345", "https://pubmed.ncbi.nlm.nih.gov/12345/"),
        (
            "http://www.ncbi.nlm.nih.gov/pubmed/26406114",
            "pmid",
            "26406114",
            "https://pubmed.ncbi.nlm.nih.gov/26406114/",
        ),
        ("PMC3041178", "pmcid", "PMC3041178", "https://www.ncbi.nlm.nih.gov/pmc/articles/PMC3041178/"),
        ("ISSN: 0022-5193", "issn", "0022-5193", None),
        ("0198-117x", "issn", "0198-117X", None),
        ("issn:15457885", "issn", "1545-7885", None),
        ("0306-4061", "other", "0306-4061", None),
        ("2010-2014", "other", "2010-2014", None),
        ("1950-1962", "other", "1950-1962", None),
        ("ISBN: 9781467371315", "isbn", "9781467371315", None),
        ("978-960-87197-9-8", "isbn", "9789608719798", None),
        ("ISBN 0-306-40615-2", "isbn", "9780306406157", None),
        ("urn:isbn:9789059898011", "isbn", "9789059898011", None),
        ("9781467371316", "other", "9781467371316", None),
        ("0306406152", "other", "0306406152", None),
        (
            "urn:urn:nbn:de:0183-mbi0002577",
            "urn",
            "urn:nbn:de:0183-mbi0002577",
            "https://nbn-resolving.org/urn:nbn:de:0183-mbi0002577",
        ),
        ("urn:uuid:6e8bc430", "urn", "urn:uuid:6e8bc430", None),
        (" https://zenodo.org/record/17189 ", "url", "https://zenodo.org/record/17189", "https://zenodo.org/record/17189"),
        ("CUHSLHSP_M234.tif", "other", "CUHSLHSP_M234.tif", None),
        ("A&A 573, A68 (2015)", "other", "A&A 573, A68 (2015)", None),
    ],
)  # fmt: skip
def test_an_identifier_has_its_scheme_and_normal_value(text, scheme, value, url):
    assert parse_identifier(text) == Identifier(scheme, value, url)


def test_nothing_is_no_identifier():
    assert parse_identifier("  ") is None
