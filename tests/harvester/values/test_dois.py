import pytest

from harvester.values.dois import find_doi, find_dois, is_doi

FOUND = [
    ("10.1644/11-MAMM-A-343.1", "10.1644/11-mamm-a-343.1"),
    ("http://dx.doi.org/10.1016/j.tsf.2014.10.079", "10.1016/j.tsf.2014.10.079"),
    ("https://doi.org/10.5281/zenodo.10357859", "10.5281/zenodo.10357859"),
    ("https://www.doi.org/10.5281/ZENODO.1", "10.5281/zenodo.1"),
    ("doi:10.1112/jlms.12001", "10.1112/jlms.12001"),
    ("DOI: 10.1038/nature13453", "10.1038/nature13453"),
    ("DOI.10.1038/nature13453", "10.1038/nature13453"),
    ("doi://10.1112/jlms.12001", "10.1112/jlms.12001"),
    ("dx.doi.org/doi:10.1112/jlms.12001", "10.1112/jlms.12001"),
    ("info:doi:10.3897/italianbotanist.8.48621", "10.3897/italianbotanist.8.48621"),
    ("info:doi/10.1371/journal.pone.0031819", "10.1371/journal.pone.0031819"),
    ("info:eu-repo/semantics/altIdentifier/doi/10.1093/ije/dyw341", "10.1093/ije/dyw341"),
    ("urn:doi:10.1000/182", "10.1000/182"),
    ("SPIE Proceedings, Vol 9257 (DOI: 10.1117/12.2066315)", "10.1117/12.2066315"),
    ("doi:10.1044/2015_AJSLP-14-0093 <2.897>", "10.1044/2015_ajslp-14-0093"),
    ("10.24435/materialscloud:2020.0012/v1", "10.24435/materialscloud:2020.0012/v1"),
    ("10.1016/S0010-4655(00)00244-7", "10.1016/s0010-4655(00)00244-7"),
    ("(see 10.1016/S0010-4655(00)00244-7)", "10.1016/s0010-4655(00)00244-7"),
    (
        "10.1002/(SICI)1097-4571(199806)49:8<693::AID-ASI4>3.0.CO;2-O",
        "10.1002/(sici)1097-4571(199806)49:8<693::aid-asi4>3.0.co;2-o",
    ),
    (
        "10.1002/(SICI)1096-8644(199601)99:1&lt;1::AID-AJPA1&gt;3.0.CO;2-#",
        "10.1002/(sici)1096-8644(199601)99:1<1::aid-ajpa1>3.0.co;2-#",
    ),
    (
        "https://doi.org/10.1002/%28SICI%291097-4571%28199806%2949%3A8%3C693%3A%3AAID-ASI4%3E3.0.CO%3B2-O",
        "10.1002/(sici)1097-4571(199806)49:8<693::aid-asi4>3.0.co;2-o",
    ),
    ("https://example.org/?doi=10.1016%2Fj.tsf.2014.10.079&x=1", "10.1016/j.tsf.2014.10.079"),
    ("10.1016%252Fj.tsf.2014", "10.1016/j.tsf.2014"),
    ("https://doi.org/10.5281/zenodo.596581?utm_source=feed", "10.5281/zenodo.596581"),
    ("https://doi.org/10.5281/zenodo.596581#files", "10.5281/zenodo.596581"),
    ("https://doi.org/10.5281/zenodo.596581/", "10.5281/zenodo.596581"),
    ("http://informahealthcare.com/doi/abs/10.3109/21679169.2013.840859", "10.3109/21679169.2013.840859"),
    ("https://www.frontiersin.org/articles/10.3389/fphar.2013.00095/full", "10.3389/fphar.2013.00095"),
    ("https://link.springer.com/content/pdf/10.1007/s11192-014-1249-5.pdf", "10.1007/s11192-014-1249-5"),
    ("https://doi.org/10.5555/report.pdf", "10.5555/report.pdf"),
    ("available via http://dx.doi.org/10.1007/978-3-642-04930-9_66.", "10.1007/978-3-642-04930-9_66"),
    ('<a href="https://doi.org/10.1000/182">here</a>', "10.1000/182"),
    ("10.1000/182</p>", "10.1000/182"),
    ("<https://doi.org/10.1000/182>", "10.1000/182"),
    ("[10.1000/182]", "10.1000/182"),
    ("“10.1000/182”,", "10.1000/182"),
    ("10.1000/182;", "10.1000/182"),
    ("10.1000/182\ufffd", "10.1000/182"),
    ("10.1016/\u200bj.tsf.2014", "10.1016/j.tsf.2014"),
    ("10.1016/j.tsf\u20112014", "10.1016/j.tsf-2014"),
    ("10.1000.10/123", "10.1000.10/123"),
    ("10.123456789/abc", "10.123456789/abc"),
    ("10.1037//0022-006X.74.1.42", "10.1037//0022-006x.74.1.42"),
    ("10.1093/ajae/aaq063 (2010)", "10.1093/ajae/aaq063"),
    ("Front. Pharmacol. 4:95. doi: 10.3389/fphar.2013.00095", "10.3389/fphar.2013.00095"),
    ("10.26508/lsa.202000775", "10.26508/lsa.202000775"),
    ("10.1175/1520-0485(1989)019<1637:ABC>2.0.CO;2", "10.1175/1520-0485(1989)019<1637:abc>2.0.co;2"),
    ("10.5962/BHL.TITLE.100409", "10.5962/bhl.title.100409"),
    ("doi-10.1000/182", "10.1000/182"),
    ("https://doi-org.proxy.example.edu/10.1000/182", "10.1000/182"),
]


@pytest.mark.parametrize(("text", "doi"), FOUND)
def test_a_doi_is_found_in_any_form(text, doi):
    assert find_doi(text) == doi


@pytest.mark.parametrize(
    "text",
    [
        "",
        "oai:CiteSeerX.psu:10.1.1.295.7465",
        "1210.1234/abc",
        "5.10.2014/06",
        "10.123/abc",
        "10.1234",
        "10.1234/",
        "10.1234/...",
        "arXiv:1410.1234",
        "version 10.2 of 2014",
        "10.12345678901/x",
    ],
)
def test_a_text_without_a_doi_gives_none(text):
    assert find_doi(text) is None


@pytest.mark.parametrize(
    ("text", "dois"),
    [
        ("10.1000/182, 10.1000/183; 10.1000/182", ["10.1000/182", "10.1000/183"]),
        ("10.1000/182,10.1000/183", ["10.1000/182", "10.1000/183"]),
        ("doi:10.1000/182;https://doi.org/10.1000/183", ["10.1000/182", "10.1000/183"]),
        ("no doi", []),
    ],
)
def test_all_dois_of_a_text_are_given_once_and_in_order(text, dois):
    assert find_dois(text) == dois


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("10.1000/182", True),
        (" doi: 10.1000/182. ", True),
        ("https://doi.org/10.1000/182", True),
        ("http://dx.doi.org/doi:10.1000/182", True),
        ("info:eu-repo/semantics/altIdentifier/doi/10.1000/182", True),
        ("https://doi-org.proxy.example.edu/10.1000/182", True),
        ("see 10.1000/182", False),
        ("10.1000/182 and more", False),
        ("10.1000/182,10.1000/183", False),
        ("https://www.frontiersin.org/articles/10.3389/fphar.2013.00095/full", False),
        ("http://hdl.handle.net/2142/1", False),
        ("", False),
    ],
)
def test_only_a_whole_text_is_a_doi(text, whole):
    assert is_doi(text) is whole
