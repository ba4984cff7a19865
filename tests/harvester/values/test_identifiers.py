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
        ("978-960\t87197\u00a09-8", "isbn", "9789608719798", None),
        ("ISBN 0\t306\n40615\u00a02", "isbn", "9780306406157", None),
        ("info:ISBN 0-8044-2957-X", "isbn", "9780804429573", None),
        ("e-ISSN 1545-7885", "issn", "1545-7885", None),
        ("-ISSN-L: 1545-7885", "issn", "1545-7885", None),
        ("urn:ISSN:0198-117X", "issn", "0198-117X", None),
        ("ıssn 1545-7885", "issn", "1545-7885", None),
        ("www.arXiv.org/pdf/1412.1234.pdf", "arxiv", "1412.1234", "https://arxiv.org/abs/1412.1234"),
        ("HTTPS://ARXIV.ORG/abs/1412.1234", "arxiv", "1412.1234", "https://arxiv.org/abs/1412.1234"),
        ("https://example.org/abs/arxıv", "url", "https://example.org/abs/arxıv", "https://example.org/abs/arxıv"),
        ("info:hdl/2142/1", "handle", "2142/1", "https://hdl.handle.net/2142/1"),
        ("https://hdl.Handle.net/2142/1", "handle", "2142/1", "https://hdl.handle.net/2142/1"),
        ("info:pmid/12345", "pmid", "12345", "https://pubmed.ncbi.nlm.nih.gov/12345/"),
        ("https://PubMed.ncbi.nlm.NIH.gov/12345", "pmid", "12345", "https://pubmed.ncbi.nlm.nih.gov/12345/"),
        ("FTP://example.org/a", "url", "FTP://example.org/a", "FTP://example.org/a"),
        ("https://example.org/a b", "other", "https://example.org/a b", None),
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
