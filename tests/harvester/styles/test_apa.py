"""Citations checked by hand against the rules of the Publication Manual, 7th edition, chapters 9 and 10."""

import pytest
from msgspec import structs

from harvester.item import Agent, Container, Date, Identifier, Metadata, Text
from harvester.styles.apa import write_apa
from harvester.styles.names import write_initials
from tests.harvester.styles.making import work

SEED = (
    "Cannata, M., Cohen-Vogel, L., & Sorum, M. (2017). Partnering for Improvement: Improvement Communities and Their "
    "Role in Scale Up. Peabody Journal of Education, 92(5), 569–588. https://doi.org/10.1080/0161956X.2017.1368633"
)
JOURNAL = {"container": "Journal of Things", "volume": "12", "issue": "3", "pages": "45-67"}
IN_JOURNAL = "Journal of Things, 12(3), 45–67."
BOOK = {"container": "Handbook of Things", "pages": "45-67", "publisher": "Good Press"}
MANY = "; ".join(f"Author{chr(97 + number)}, B." for number in range(25))
TWENTY = "; ".join(MANY.split("; ")[:20])
TWENTY_ONE = "; ".join(MANY.split("; ")[:21])
SHOWN_19 = ", ".join(MANY.split("; ")[:19])

ARTICLES = [
    (
        work(
            "Research/Scholarly Media",
            "Partnering for Improvement: Improvement Communities and Their Role in Scale Up",
            "Cannata, M.; Cohen-Vogel, L.; Sorum, M.",
            "2017",
            container="Peabody Journal of Education",
            volume="92",
            issue="5",
            pages="569-588",
            doi="10.1080/0161956X.2017.1368633",
        ),
        SEED,
    ),
    (work("journal article", "A study", "Doe, Jane", "2019", **JOURNAL), f"Doe, J. (2019). A study. {IN_JOURNAL}"),
    (
        work("journal article", "Is it so?", "Doe, Jane; Roe, Richard", "2019-05-03", **JOURNAL),
        f"Doe, J., & Roe, R. (2019). Is it so? {IN_JOURNAL}",
    ),
    (work("journal article", "It is!", "Doe, Jane", "2019", **JOURNAL), f"Doe, J. (2019). It is! {IN_JOURNAL}"),
    (
        work("journal article", "In the U.S.", "Doe, Jane", "2019", **JOURNAL),
        f"Doe, J. (2019). In the U.S. {IN_JOURNAL}",
    ),
    (work("journal article", "“Why?”", "Doe, Jane", "2019", **JOURNAL), f"Doe, J. (2019). “Why?” {IN_JOURNAL}"),
    (work("journal article", "“Why”", "Doe, Jane", "2019", **JOURNAL), f"Doe, J. (2019). “Why”. {IN_JOURNAL}"),
    (work("journal article", "A study", "", "2019", **JOURNAL), f"A study. (2019). {IN_JOURNAL}"),
    (work("journal article", "A study", "Doe, Jane", **JOURNAL), f"Doe, J. (n.d.). A study. {IN_JOURNAL}"),
    (
        work("journal article", "A study", "Doe, Jane", status="in press", container="Journal of Things"),
        "Doe, J. (in press). A study. Journal of Things.",
    ),
    (
        work("article", "A study", "Doe, Jane", status="Preprint/Forthcoming Resource", container="Journal of Things"),
        "Doe, J. (in press). A study. Journal of Things.",
    ),
    (
        work("journal article", "A study", "Doe, Jane", "2018", status="in press", **JOURNAL),
        f"Doe, J. (2018). A study. {IN_JOURNAL}",
    ),
    (
        work("journal article", "A study", "Doe, Jane", "2019", container="PLoS ONE", volume="5", pages="e123456"),
        "Doe, J. (2019). A study. PLoS ONE, 5, Article e123456.",
    ),
    (
        work("journal article", "A study", "Doe, Jane", "2019", container="PLoS ONE", volume="5", pages="Article 12"),
        "Doe, J. (2019). A study. PLoS ONE, 5, Article 12.",
    ),
    (
        work("journal article", "A study", "Doe, Jane", "2019", container="Annals", issue="4", pages="12"),
        "Doe, J. (2019). A study. Annals, (4), 12.",
    ),
    (
        work("journal article", "A study", "Doe, Jane", "2019", container="Annals", volume="4", pages="12, 14-16"),
        "Doe, J. (2019). A study. Annals, 4, 12, 14–16.",
    ),
    (
        work("review article", "A study", "Doe, Jane", "2019", container="Annals", volume="4", doi="10.1000/xyz"),
        "Doe, J. (2019). A study. Annals, 4. https://doi.org/10.1000/xyz",
    ),
    (
        work("journal article", "A study", "Doe, Jane", "2019", url="https://r.example.org/1", **JOURNAL),
        f"Doe, J. (2019). A study. {IN_JOURNAL} https://r.example.org/1",
    ),
    (
        work("journal article", "A study", "*World Health Organization; *Institute of Things", "2019", **JOURNAL),
        f"World Health Organization & Institute of Things. (2019). A study. {IN_JOURNAL}",
    ),
    (
        work("journal article", "A study", MANY, "2019", **JOURNAL),
        f"{SHOWN_19}, … Authory, B. (2019). A study. {IN_JOURNAL}",
    ),
    (
        work("journal article", "A study", TWENTY, "2019", **JOURNAL),
        f"{SHOWN_19}, & Authort, B. (2019). A study. {IN_JOURNAL}",
    ),
    (
        work("journal article", "A study", TWENTY_ONE, "2019", **JOURNAL),
        f"{SHOWN_19}, … Authoru, B. (2019). A study. {IN_JOURNAL}",
    ),
    (
        work("newspaper article", "Schools reopen", "Doe, Jane", "2020-09-01", container="The Daily Paper"),
        "Doe, J. (2020, September 1). Schools reopen. The Daily Paper.",
    ),
    (
        work(
            "periodical article", "Schools reopen", "Doe, Jane", "2020-09", container="Magazine", volume="7", issue="2"
        ),
        "Doe, J. (2020, September). Schools reopen. Magazine, 7(2).",
    ),
    (
        work("", "A study", "Doe, Jane", "2019", container="Annals", volume="4", pages="1-9"),
        "Doe, J. (2019). A study. Annals, 4, 1–9.",
    ),
]

NAMES = [
    ("Sartre, Jean-Paul", "Sartre, J.-P."),
    ("Ørsted, Åse Émilie", "Ørsted, Å. É."),
    ("beethoven, ludwig van", "beethoven, l. van"),
    ("Beethoven, Ludwig van", "Beethoven, L. van"),
    ("van Gogh, Vincent", "van Gogh, V."),
    ("King, Martin Luther, Jr.", "King, M. L., Jr."),
    ("Neal, William H., III", "Neal, W. H., III"),
    ("Plato", "Plato"),
    ("Jane Q. Doe", "Jane Q. Doe"),
    ("Гагарин, Юрий Алексеевич", "Гагарин, Ю. А."),
    ("王, 伟", "王, 伟"),
    ("Smith, JP", "Smith, J. P."),
    ("SMITH, BOB", "SMITH, B."),
    ("Tolkien, J.R.R.", "Tolkien, J. R. R."),
    ("Public, j. q.", "Public, j. q."),
    ("*Institute of Education Sciences", "Institute of Education Sciences"),
]

BOOKS = [
    (
        work("book", "The journals", "Plath, Sylvia", "2000", editors="Kukil, Karen V.", publisher="Anchor"),
        "Plath, S. (2000). The journals (K. V. Kukil, Ed.). Anchor.",
    ),
    (
        work("book", "The thing", "Doe, J.", "2000", editors="Roe, R.; Poe, A.", edition="2nd", publisher="Anchor"),
        "Doe, J. (2000). The thing (R. Roe & A. Poe, Eds.; 2nd ed.). Anchor.",
    ),
    (work("book", "The thing", "Doe, Jane", "2001", publisher="Good Press"), "Doe, J. (2001). The thing. Good Press."),
    (
        work("book", "The thing", "Doe, Jane", "2001", publisher="Good Press", edition="2"),
        "Doe, J. (2001). The thing (2nd ed.). Good Press.",
    ),
    (
        work("book", "The thing", "Doe, Jane", "2001", publisher="Good Press", edition="13th", volume="3"),
        "Doe, J. (2001). The thing (13th ed., Vol. 3). Good Press.",
    ),
    (
        work("book", "The thing", "Doe, Jane", "2001", publisher="Good Press", edition="1"),
        "Doe, J. (2001). The thing. Good Press.",
    ),
    (
        work("book", "What thing?", "Doe, Jane", "2001", publisher="Good Press", edition="Rev. ed."),
        "Doe, J. (2001). What thing? (Rev. ed.). Good Press.",
    ),
    (
        work("book", "The thing", "*Good Press", "2001", publisher="Good Press", doi="10.1000/b"),
        "Good Press. (2001). The thing. https://doi.org/10.1000/b",
    ),
    (work("book", "The thing", "", "2001", publisher="Good Press"), "The thing. (2001). Good Press."),
    (
        work("book", "The thing", "Doe, Jane", "ca. 1850", publisher="Good Press"),
        "Doe, J. (ca. 1850). The thing. Good Press.",
    ),
    (
        work("book", "The thing", "Doe, Jane", "1998-2003", publisher="Good Press"),
        "Doe, J. (1998–2003). The thing. Good Press.",
    ),
    (work("book", "The thing", "Doe, Jane", "199X", publisher="Co."), "Doe, J. (1990s). The thing. Co."),
    (
        work("book", "The thing", "", "2001", editors="Doe, Jane", publisher="Good Press"),
        "Doe, J. (Ed.). (2001). The thing. Good Press.",
    ),
    (
        work("book", "The thing", "", "2001", editors="Doe, Jane; Roe, R.", publisher="Good Press", edition="3rd"),
        "Doe, J., & Roe, R. (Eds.). (2001). The thing (3rd ed.). Good Press.",
    ),
    (
        work("book part", "A part", "Doe, Jane", "2001", **BOOK),
        "Doe, J. (2001). A part. In Handbook of Things (pp. 45–67). Good Press.",
    ),
    (
        work("book part", "A part", "Doe, Jane", "2001", editors="Roe, Richard M.", **BOOK),
        "Doe, J. (2001). A part. In R. M. Roe (Ed.), Handbook of Things (pp. 45–67). Good Press.",
    ),
    (
        work(
            "book part",
            "A part",
            "Doe, Jane",
            "2001",
            editors="Roe, Richard; Poe, Ann",
            edition="2nd",
            volume="4",
            **BOOK,
        ),
        (
            "Doe, J. (2001). A part. In R. Roe & A. Poe (Eds.), Handbook of Things "
            "(2nd ed., Vol. 4, pp. 45–67). Good Press."
        ),
    ),
    (
        work("book part", "A part", "Doe, Jane", "2001", editors="Roe, R.; Poe, A.; King, Al, Jr.", **BOOK),
        "Doe, J. (2001). A part. In R. Roe, A. Poe, & A. King, Jr. (Eds.), Handbook of Things (pp. 45–67). Good Press.",
    ),
    (
        work("book part", "A part", "", "2001", editors="Roe, R.", container="Handbook", pages="7", doi="10.1000/c"),
        "A part. (2001). In R. Roe (Ed.), Handbook (p. 7). https://doi.org/10.1000/c",
    ),
]

MEETINGS = [
    (
        work(
            "conference paper",
            "A talk",
            "Doe, Jane",
            "2015",
            container=Container("Proceedings of X", isbn=("9780306406157",)),
            pages="1-4",
            publisher="ACM",
        ),
        "Doe, J. (2015). A talk. In Proceedings of X (pp. 1–4). ACM.",
    ),
    (
        work(
            "conference paper",
            "A talk",
            "Doe, Jane",
            "2015",
            container="Proceedings of X",
            editors="Roe, R.",
            pages="1-4",
        ),
        "Doe, J. (2015). A talk. In R. Roe (Ed.), Proceedings of X (pp. 1–4).",
    ),
    (
        work("conference paper", "A talk", "Doe, Jane", "2015", container="Procedia Things", volume="4", pages="1-4"),
        "Doe, J. (2015). A talk. Procedia Things, 4, 1–4.",
    ),
    (
        work("conference paper", "A talk", "Doe, Jane", "2015", conference_name="Things 2015", conference_place="Oslo"),
        "Doe, J. (2015). A talk [Paper presentation]. Things 2015, Oslo.",
    ),
    (
        work("conference poster", "A poster", "Doe, Jane", "2015", conference_name="Things 2015"),
        "Doe, J. (2015). A poster [Poster presentation]. Things 2015.",
    ),
    (
        work("conference proceedings", "Proceedings of X", "", "2015", editors="Roe, R.; Poe, A.", publisher="ACM"),
        "Roe, R., & Poe, A. (Eds.). (2015). Proceedings of X. ACM.",
    ),
    (
        work("conference proceedings", "Proceedings of X", "*Society of Things", "2015", publisher="Society of Things"),
        "Society of Things. (2015). Proceedings of X.",
    ),
]

GREY = [
    (
        work(
            "doctoral thesis",
            "On things",
            "Doe, Jane",
            "2010",
            publisher="University of Somewhere",
            url="https://d.example.edu/1",
        ),
        "Doe, J. (2010). On things [Doctoral dissertation, University of Somewhere]. https://d.example.edu/1",
    ),
    (
        work(
            "master thesis",
            "On things",
            "Doe, Jane",
            "2010",
            publisher="DigiStore",
            degree_grantor="University of Somewhere",
        ),
        "Doe, J. (2010). On things [Master's thesis, University of Somewhere]. DigiStore.",
    ),
    (work("thesis", "Why things?", "Doe, Jane", "2010"), "Doe, J. (2010). Why things? [Thesis]."),
    (
        work("bachelor thesis", "On things", "Doe, Jane", "2010-06-01", publisher="Uni"),
        "Doe, J. (2010). On things [Bachelor's thesis, Uni].",
    ),
    (
        work(
            "report",
            "State of things",
            "*Institute of Things",
            "2012",
            publisher="Institute of Things",
            report_number="12-3",
        ),
        "Institute of Things. (2012). State of things (Report No. 12-3).",
    ),
    (
        work(
            "technical report",
            "State of things",
            "Doe, Jane",
            "2012",
            publisher="Institute",
            report_number="NCES Report 12",
        ),
        "Doe, J. (2012). State of things (NCES Report 12). Institute.",
    ),
    (
        work(
            "working paper",
            "State of things",
            "Doe, Jane",
            "2012",
            container="NBER Working Paper",
            report_number="123",
            publisher="NBER",
        ),
        "Doe, J. (2012). State of things (NBER Working Paper No. 123). NBER.",
    ),
    (
        work("preprint", "New things", "Doe, Jane", "2021-02-25", publisher="PsyArXiv", doi="10.1000/p"),
        "Doe, J. (2021, February 25). New things [Preprint]. PsyArXiv. https://doi.org/10.1000/p",
    ),
    (
        work(
            "preprint", "New things", "Doe, Jane", "2021-02", publisher="arXiv", url="https://arxiv.org/abs/2102.00001"
        ),
        "Doe, J. (2021, February). New things [Preprint]. arXiv. https://arxiv.org/abs/2102.00001",
    ),
    (work("preprint", "New things?", "", "", publisher="arXiv"), "New things? [Preprint]. (n.d.). arXiv."),
]

OTHERS = [
    (
        work("dataset", "Counts", "Doe, Jane", "2018-03-04", publisher="Zenodo", version="v1.2", doi="10.1000/d"),
        "Doe, J. (2018). Counts (Version 1.2) [Data set]. Zenodo. https://doi.org/10.1000/d",
    ),
    (work("dataset", "Counts", "*Pew", "2018", publisher="Pew"), "Pew. (2018). Counts [Data set]."),
    (work("survey data", "Counts", "Doe, J.", "2018", publisher="Pew"), "Doe, J. (2018). Counts. Pew."),
    (
        work("software", "counter", "Doe, Jane", "2018", publisher="Zenodo", version="Version 2"),
        "Doe, J. (2018). counter (Version 2) [Computer software]. Zenodo.",
    ),
    (work("software", "counter", "", "2018"), "counter [Computer software]. (2018)."),
    (
        work("website", "A page", "Doe, Jane", "2020-05-03", publisher="A Site", url="https://a.example.org/p"),
        "Doe, J. (2020, May 3). A page. A Site. https://a.example.org/p",
    ),
    (
        work("website", "A page", "*A Site", "2020", publisher="A Site", url="https://a.example.org/p"),
        "A Site. (2020). A page. https://a.example.org/p",
    ),
    (
        work("video", "A film", "Doe, Jane", "2020-05", publisher="Tube", url="https://a.example.org/v"),
        "Doe, J. (2020, May). A film [Video]. Tube. https://a.example.org/v",
    ),
    (work("image", "A view", "Doe, Jane", "2020", publisher="Museum"), "Doe, J. (2020). A view [Image]. Museum."),
    (work("map", "A land", "Doe, Jane", "1890?", publisher="Museum"), "Doe, J. (ca. 1890). A land [Map]. Museum."),
    (work("", "A thing", "Doe, Jane", "2020-05-03", publisher="Museum"), "Doe, J. (2020). A thing. Museum."),
    (work("journal article", "", "Doe, Jane", "2020", **JOURNAL), ""),
]


@pytest.mark.parametrize(("item", "text"), [*ARTICLES, *BOOKS, *MEETINGS, *GREY, *OTHERS])
def test_a_work_is_cited_as_the_manual_says(item, text):
    assert write_apa(item) == text


@pytest.mark.parametrize(("name", "written"), NAMES)
def test_a_name_is_written_with_initials(name, written):
    text = write_apa(work("book", "The thing", name, "2001"))
    assert text == f"{written}{'' if written.endswith('.') else '.'} (2001). The thing."


def test_initials_of_a_stopped_hyphen_stay_joined():
    assert write_initials("J.-P. M.") == write_initials("Jean-Paul Marie") == "J.-P. M."


def test_a_subtitle_joins_the_title_once():
    item = Metadata(title=(Text("Things"),), alternative=(Text("A history", kind="subtitle"),), date=Date("1999", 1999))
    assert write_apa(item) == "Things: A history. (1999)."
    assert write_apa(structs.replace(item, title=(Text("Things: A History"),))) == "Things: A History. (1999)."


def test_an_editor_among_the_creators_is_named_as_editor():
    item = Metadata(title=(Text("Things"),), creator=(Agent("Roe, R.", "Roe", "R.", role="editor"),))
    assert write_apa(item) == "Roe, R. (Ed.). (n.d.). Things."


def test_only_an_address_of_the_work_itself_is_given():
    other = Identifier("url", "https://a.example/1", "https://a.example/1", "alternate")
    own = Identifier("handle", "1/2", "https://hdl.handle.net/1/2")
    item = Metadata(title=(Text("Things"),), identifier=(other, own))
    assert write_apa(item) == "Things. (n.d.). https://hdl.handle.net/1/2"
    assert write_apa(structs.replace(item, identifier=(other,))) == "Things. (n.d.)."
