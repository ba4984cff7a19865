import pytest

from harvester.item import Funding
from harvester.values.funding import parse_grant_agreement, parse_sponsorship

REGISTRY = "https://doi.org/10.13039/"
IES = "Institute of Education Sciences (IES)"


@pytest.mark.parametrize(
    ("text", "funding"),
    [
        (
            "info:eu-repo/grantAgreement/EC/FP7/312463/EU//FIXO3",
            ("European Commission", REGISTRY + "501100000780", "312463", "FIXO3"),
        ),
        (
            "info:eu-repo/grantAgreement/FCT/SFRH/SFRH%2FBD%2F1234%2F2009/PT",
            ("Fundação para a Ciência e a Tecnologia", None, "SFRH/BD/1234/2009", None),
        ),
        ("info:eu-repo/grantAgreement/Some%20Funder//12/", ("Some Funder", None, "12", None)),
    ],
)
def test_a_grant_uri_is_taken_apart(text, funding):
    assert parse_grant_agreement(text) == Funding(*funding, uri=text)


@pytest.mark.parametrize("text", ["", "info:eu-repo/grantAgreement/", "info:eu-repo/semantics/article", "a grant"])
def test_other_texts_are_no_grant_uri(text):
    assert parse_grant_agreement(text) is None


@pytest.mark.parametrize(
    ("text", "funder", "funder_id", "number"),
    [
        (
            "National Institutes of Health (U.S.) (grant P01 HL28481)",
            "National Institutes of Health",
            "100000002",
            "P01 HL28481",
        ),
        ("NSF (DMR 14-19807)", "National Science Foundation", "100000001", "DMR 14-19807"),
        (
            "DOE Office of Basic Energy Sciences (Contract No. DE-AC02-06CH11357)",
            "DOE Office of Science",
            None,
            "DE-AC02-06CH11357",
        ),
        (
            "United States. Army Research Office (Cooperative Agreement Number W911NF-09-2-0053)",
            "U.S. Army Research Office",
            None,
            "W911NF-09-2-0053",
        ),
        (
            "National Cancer Institute (U.S.) (Cancer Center Support (Core) Grant P30-CA14051)",
            "National Cancer Institute",
            "100000054",
            "P30-CA14051",
        ),
        (
            "United States. Dept. of Defense (Clinical Translational Leverage Award (W81XWH-13-OCRP-TLA))",
            "United States. Dept. of Defense",
            None,
            "W81XWH-13-OCRP-TLA",
        ),
        ("Smith Family Foundation (Award 1234)", "Smith Family Foundation", None, "1234"),
        ("Alfred P. Sloan Foundation", "Alfred P. Sloan Foundation", None, None),
        (IES, IES, None, None),
        ("Institute of Education Sciences", IES, None, None),
        (
            "Institute of Education Sciences Grant #R305C10023",
            IES,
            None,
            "Institute of Education Sciences Grant #R305C10023",
        ),
    ],
)
def test_a_sponsor_line_gives_funder_and_number(text, funder, funder_id, number):
    assert parse_sponsorship(text) == Funding(funder, REGISTRY + funder_id if funder_id else None, number)


@pytest.mark.parametrize(
    "text",
    [
        "", "This work was supported by the National Science Foundation (grant 123)", "Iran (1979)",
        "MISTI MIT-Imperial College grant", "A theory of grants (Part 2)", "Smith Family Foundation",
        "The study of awards from 1990 (Award 12)", "Emory University. School of Medicine (seed grant)",
    ],
)  # fmt: skip
def test_other_descriptions_are_no_sponsor_line(text):
    assert parse_sponsorship(text) is None
