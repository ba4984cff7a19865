import pytest

from harvester.item import Term
from harvester.values.types import TypeFacts, classify_type
from tests.harvester.values.recorded import recorded

COAR = "http://purl.org/coar/resource_type/"
ARTICLE = COAR + "c_6501"


@pytest.mark.parametrize(
    ("text", "label", "code"),
    [
        ("Article", "journal article", "c_6501"),
        ("journal-article", "journal article", "c_6501"),
        ("JournalArticle", "journal article", "c_6501"),
        ("Journal Article", "journal article", "c_6501"),
        ("info:eu-repo/semantics/article", "journal article", "c_6501"),
        ("http://purl.org/eprint/type/JournalArticle", "journal article", "c_6501"),
        ("http://purl.org/coar/resource_type/c_6501", "journal article", "c_6501"),
        ("https://vocabularies.coar-repositories.org/resource_types/c_2f33/", "book", "c_2f33"),
        ("https://schema.org/ScholarlyArticle", "journal article", "c_6501"),
        ("http://purl.org/dc/dcmitype/Text", "text", "c_18cf"),
        ("text", "text", "c_18cf"),
        ("TEXTO", "text", "c_18cf"),
        ("Photograph", "still image", "c_ecc8"),
        ("Technical Report", "technical report", "c_18gh"),
        ("Dataset", "dataset", "c_ddb1"),
        ("Working Paper", "working paper", "c_8042"),
        ("info:eu-repo/semantics/conferenceObject", "conference output", "c_c94f"),
        ("http://purl.org/eprint/type/ConferencePaper", "conference paper", "c_5794"),
        ("proceedings-article", "conference paper", "c_5794"),
        ("posted-content", "preprint", "c_816b"),
        ("info:eu-repo/semantics/bookPart", "book part", "c_3248"),
        ("Book Section", "book part", "c_3248"),
        ("info:eu-repo/semantics/doctoralThesis", "doctoral thesis", "c_db06"),
        ("Doktora", "doctoral thesis", "c_db06"),
        ("dizertační práce", "doctoral thesis", "c_db06"),
        ("Yüksek lisans", "master thesis", "c_bdcc"),
        ("diplomová práce", "master thesis", "c_bdcc"),
        ("bakalářská práce", "bachelor thesis", "c_7a1f"),
        ("Thesis (B.A.)", "bachelor thesis", "c_7a1f"),
        ("Thèse ou Mémoire numérique / Electronic Thesis or Dissertation", "thesis", "c_46ec"),
        ("Revue / Journal", "journal", "c_0640"),
        ("info:eu-repo/semantics/other", "other", "c_1843"),
        ("PeerReview", "peer review", "H9BQ-739P"),
    ],
)
def test_a_type_has_its_coar_label(text, label, code):
    assert classify_type(text) == TypeFacts(Term(label, text, COAR + code))


def test_a_hub_s_own_type_keeps_its_words():
    text = "Research/Scholarly Media"
    assert classify_type(text) == TypeFacts(Term(text, text))


@pytest.mark.parametrize(
    ("text", "label", "uri"),
    [
        ("PeerReviewed", "Peer Reviewed", None),
        ("Peer Reviewed", "Peer Reviewed", None),
        ("NonPeerReviewed", "Not Peer Reviewed", None),
        ("info:eu-repo/semantics/publishedVersion", "version of record", "c_970fb48d4fbd8a85"),
        ("published version", "version of record", "c_970fb48d4fbd8a85"),
        ("VoR", "version of record", "c_970fb48d4fbd8a85"),
        ("AM", "accepted version", "c_ab4af688f83e57aa"),
        ("info:eu-repo/semantics/acceptedVersion", "accepted version", "c_ab4af688f83e57aa"),
        ("SMUR", "submitted version", "c_71e4c1898caa6e32"),
        ("info:eu-repo/semantics/draft", "author's original", "c_b1a7d7d4d402bcce"),
        ("P", "proof", "c_fa2ee174bc00049f"),
        ("CVoR", "corrected version of record", "c_e19f295774971610"),
        ("EVoR", "enhanced version of record", "c_dc82b40f9837b551"),
        ("http://purl.org/coar/version/c_ab4af688f83e57aa", "accepted version", "c_ab4af688f83e57aa"),
        ("Published Text", "Published Text", None),
        ("Preprint/Forthcoming Resource", "Preprint/Forthcoming Resource", None),
    ],
)
def test_a_status_is_no_type(text, label, uri):
    full = f"http://purl.org/coar/version/{uri}" if uri else None
    assert classify_type(text) == TypeFacts(status=(Term(label, text, full),))


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Empirical", "Empirical"), ("methodological", "Methodological"), ("Theoretical", "Theoretical"),
        ("Review / Synthesis", "Review/Synthesis"),
        ("Case Study", "Case Study"), ("Policy Analysis", "Policy Analysis"),
    ],
)  # fmt: skip
def test_a_genre_is_no_type(text, label):
    assert classify_type(text) == TypeFacts(genre=(Term(label, text),))


def test_access_and_format_are_routed():
    embargoed = Term("embargoed access", "untilArticleAppears", "http://purl.org/coar/access_right/c_f1cf")
    assert classify_type("untilArticleAppears") == TypeFacts(access=embargoed)
    assert classify_type("application/PDF") == TypeFacts(format="application/pdf")


def test_what_is_no_type_stays_findable():
    assert classify_type("none") == TypeFacts(other="none")
    assert classify_type("10.1371/journal.pone.0142474") == TypeFacts(other="10.1371/journal.pone.0142474")
    assert classify_type("DFT") == TypeFacts(subject="DFT")


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Dataset/Neurophysiology", "dataset"), ("Protein-ligand binding data", "dataset"),
        ("RezensionReview", "review"), ("Thesis (unpublished draft of 2004)", "thesis"),
        ("01A - Zeitschriftenartikel", "journal article"), ("Dissertacao", "master thesis"), ("Journals", "journal"),
        ("Tesis doctoral de la facultad", "doctoral thesis"), ("http://example.org/types#Dataset", "dataset"),
    ],
)  # fmt: skip
def test_a_longer_name_is_read_by_its_head(text, label):
    assert classify_type(text).resource_type.label == label
    assert classify_type(text).known


def test_one_value_can_say_three_things():
    text = "Article, scholarly/refereed, author accepted manuscript"
    assert classify_type(text) == TypeFacts(
        Term("journal article", text, ARTICLE),
        (
            Term("Peer Reviewed", text),
            Term("accepted version", text, "http://purl.org/coar/version/c_ab4af688f83e57aa"),
        ),
    )


def test_an_unknown_value_is_its_own_label():
    assert classify_type("Sculpture, wood") == TypeFacts(Term("Sculpture, wood", "Sculpture, wood"), known=False)
    half = "Article, carved in wood"
    assert classify_type(half) == TypeFacts(Term(half, half), known=False)
    assert classify_type(" ") == TypeFacts(known=False)


def test_nearly_all_recorded_types_are_known():
    values = recorded("type")
    assert sum(classify_type(value).known for value in values) / len(values) >= 0.99
