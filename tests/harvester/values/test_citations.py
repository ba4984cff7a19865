import time

import pytest

from harvester.item import Agent, Pages
from harvester.values.citations import CitationFacts, parse_citation
from tests.harvester.values.recorded import recorded

APA = (
    "Cannata, M., Cohen-Vogel, L., & Sorum, M. (2017). Partnering for Improvement: Improvement Communities and Their "
    "Role in Scale Up. Peabody Journal of Education, 92(5), 569–588. https://doi.org/10.1080/0161956X.2017.1368633"
)


def test_an_apa_citation_gives_all_its_parts():
    assert parse_citation(APA) == CitationFacts(
        text=APA,
        year=2017,
        title="Partnering for Improvement: Improvement Communities and Their Role in Scale Up",
        container="Peabody Journal of Education",
        volume="92",
        issue="5",
        pages=Pages("569–588", "569", "588", 20),
        doi="10.1080/0161956x.2017.1368633",
        authors=(
            Agent("Cannata, M.", "Cannata", "M.", "person"),
            Agent("Cohen-Vogel, L.", "Cohen-Vogel", "L.", "person"),
            Agent("Sorum, M.", "Sorum", "M.", "person"),
        ),
    )


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (
            "ACM Transactions on Graphics, 24(3):1082-1089, August 2005.",
            (2005, None, "ACM Transactions on Graphics", "24", "3", "1082-1089"),
        ),
        ("PLoS ONE 8 (2013): e59284", (2013, None, "PLoS ONE", "8", None, "e59284")),
        (
            "Lett. Math. Phys. 108 (2018), no. 2, 359-376",
            (2018, None, "Lett. Math. Phys.", "108", "2", "359-376"),
        ),
        (
            "Journal of the Ceramic Society 2015, 98(9), 2760-2766. doi: 10.1234/jace.13683.",
            (2015, None, "Journal of the Ceramic Society", "98", "9", "2760-2766"),
        ),
        ("Revue d’histoire ; vol. 68 no. 3-4 (2015)", (2015, None, "Revue d’histoire", "68", "3-4", None)),
        ("L’Inconvénient ; no. 60 (2015)", (2015, None, "L’Inconvénient", None, "60", None)),
        ("數字經濟學刊, 1(2), 1-6, (2025-08-01)", (2025, None, "數字經濟學刊", "1", "2", "1-6")),
        ("ТЕРАПЕВТИЧЕСКИЙ ВЕСТНИК, 113-121, (2025-02)", (2025, None, "ТЕРАПЕВТИЧЕСКИЙ ВЕСТНИК", None, None, "113-121")),
        ("Journal of Tides, 5(9), (2025-09-23)", (2025, None, "Journal of Tides", "5", "9", None)),
        ("Fundamenta, vol. 226, 2014, pp. 1-16", (2014, None, "Fundamenta", "226", None, "1-16")),
        ("Irish Bulletin, 59 (2007), 65-70", (2007, None, "Irish Bulletin", "59", None, "65-70")),
        ("Meyniana; 57; 101-115; ISSN 0028-0836", (None, None, "Meyniana", "57", None, "101-115")),
        ("Bibliothek - Information; 12(3):Doc17", (None, None, "Bibliothek - Information", "12", "3", "Doc17")),
        (
            "Roe, Ann. (2013). On tides. The Journal of Tides, 56. UC Davis: Retrieved from: http://www.example.org/1",
            (2013, "On tides", "The Journal of Tides", "56", None, None),
        ),
        (
            "Roe, Ann, and Bo Doe. 2011. On class numbers. Compositio Mathematica 147(1): 56-74.",
            (2011, "On class numbers", "Compositio Mathematica", "147", "1", "56-74"),
        ),
        (
            "Roe A, Doe B. Apps seeking theories: a study. JMIR mHealth. 2015;3(1):e31. doi:10.1234/mhealth.1.",
            (2015, None, "JMIR mHealth", "3", "1", "e31"),
        ),
        (
            "Ann Roe, Bo Doe. On value chains. Sanitation Chain (2021) 5, 1, pages 10-12. https://doi.org/10.1234/1",
            (2021, None, "Sanitation Chain", "5", "1", "10-12"),
        ),
        (
            "Roe, Ann. (2011). On enthalpies. The Journal of Heat, 43(5). UC Davis: Retrieved from: http://e.example.org/1",
            (2011, "On enthalpies", "The Journal of Heat", "43", "5", None),
        ),
        (
            "Journal of Mammalogy, 94(1) : 183-201.",
            (None, None, "Journal of Mammalogy", "94", "1", "183-201"),
        ),
        (
            "Adv Mater, 2015, 27 (40), pp. 6176 - 6180",
            (2015, None, "Adv Mater", "27", "40", "6176 - 6180"),
        ),
        (
            "Angewandte Chemie, 130 (16).",
            (None, None, "Angewandte Chemie", "130", "16", None),
        ),
        (
            "Combinatorics, Probability and Computing 14 (2005) 439 - 465",
            (2005, None, "Combinatorics, Probability and Computing", "14", None, "439 - 465"),
        ),
        (
            "Phys. Rev. D 90, 124041 (2014)",
            (2014, None, "Phys. Rev. D", "90", None, "124041"),
        ),
        (
            "New J. Phys. 16 113050 (2014)",
            (2014, None, "New J. Phys.", "16", None, "113050"),
        ),
        (
            "Journal of Applied Health Sciences and Medicine, 5(9), 16-23, (2025-09-23)",
            (2025, None, "Journal of Applied Health Sciences and Medicine", "5", "9", "16-23"),
        ),
        (
            "Evolution: 29 (1975) no. 4, pp. 750-762",
            (1975, None, "Evolution", "29", "4", "750-762"),
        ),
        (
            "J. Phys. Oceanogr., Vol. 19, No. 5A, 1637-1654",
            (None, None, "J. Phys. Oceanogr.", "19", "5A", "1637-1654"),
        ),
        (
            (
                "Emadi, Nazli, and Hossein Esteky. “High Baseline Activity.” Edited by Jason G. Knott. PLoS "
                "ONE 9, no. 10 (October 9, 2014): e110498."
            ),
            (2014, "High Baseline Activity", "PLoS ONE", "9", "10", "e110498"),
        ),
        (
            "Bosscher MRF, Hoekstra HJ (2015) Surgical oncologic emergencies. PLOS ONE 10(5): e0124641.",
            (2015, "Surgical oncologic emergencies", "PLOS ONE", "10", "5", "e0124641"),
        ),
        (
            "Kabbani N (2013) Not so cool? Menthol’s actions. Front. Pharmacol. 4:95. doi: 10.3389/fphar.2013.00095",
            (2013, "Not so cool? Menthol’s actions", "Front. Pharmacol.", "4", None, "95"),
        ),
        (
            (
                "Kevles, Daniel J. and Thomas, P. (1980) The sciences in America, circa 1880. Science, 209 "
                "(4552). pp. 26-32. ISSN 0036-8075."
            ),
            (1980, "The sciences in America, circa 1880", "Science", "209", "4552", "26-32"),
        ),
    ],
)
def test_a_clear_citation_gives_its_parts(text, parts):
    facts = parse_citation(text)
    assert facts is not None
    pages = facts.pages.literal if facts.pages else None
    assert (facts.year, facts.title, facts.container, facts.volume, facts.issue, pages) == parts


@pytest.mark.parametrize(
    "text",
    [
        "", "Peabody Journal of Education", "https://doi.org/10.1080/0161956X.2017.1368633", "ISSN: 0022-5193",
        "Wood box. 16.5cm x 22cm x 34cm", '5" x 7" black and white photograph. Condition: hand-writing on the back',
        "A study of 24 (3) cases in 2005 with 100-200 patients", "oai:zenodo.org:20686623", "CUHSLPHR_M101.pdf",
        "BKL Taaldag 2014, Abstracts", "The war of 1939-1945 (1946)", "Smith, J. (2017). A title without its journal.",
        "B.G. Searle, Computer Physics Communications, 137, p. 25 (2001)", "10.1000/182 and some 12 words",
    ],
)  # fmt: skip
def test_what_is_not_clearly_a_citation_gives_none(text):
    assert parse_citation(text) is None


def test_recorded_abstracts_are_hardly_ever_read_as_citations():
    abstracts = {" ".join(text.split()) for text in recorded("description") if "; ISSN " not in text}  # of a series
    read = [text for text in abstracts if parse_citation(text)]
    assert [text[:9] for text in read] == ["Citation:"]


@pytest.mark.parametrize("piece", ["Smith, J. ", "A. ", "Vol. 1, ", "“a” 1 ", "x (2010) ", "1-1 (1) ", ", 1(1)"])
def test_long_texts_of_one_pattern_take_no_long_time(piece):
    started = time.process_time()
    parse_citation(piece * (1500 // len(piece)))
    assert time.process_time() - started < 1
