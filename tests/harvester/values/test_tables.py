import pytest

from harvester.values.tables import Known, TableError, fold, load_table, read_table

TABLES = [
    "access", "funders", "genres", "languages", "months", "names", "resource_status", "resource_types", "rights",
    "roles",
]  # fmt: skip


@pytest.mark.parametrize("name", TABLES)
def test_our_tables_load(name):
    assert load_table(name)


def test_axes_of_types_share_no_word():
    axes = [set(load_table(name)) for name in ("resource_types", "resource_status", "genres", "access")]
    assert not [word for index, axis in enumerate(axes) for other in axes[index + 1 :] for word in axis & other]


@pytest.mark.parametrize("text", ["Journal Article", "journal-article", "JOURNAL_ARTICLE", "JournalArticle"])
def test_case_blanks_and_dashes_do_not_count(text):
    assert fold(text) == "journalarticle"


def test_a_term_is_found_by_label_word_and_uri():
    table = read_table("t", '["book"]\nuri = "http://x.example/b"\nalso = ["Buch"]')
    book = Known("book", "http://x.example/b", None)
    assert table == {"book": book, "buch": book, "httpxexampleb": book}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('["a"]\nalso = ["x"]\n["b"]\nalso = ["X"]', "'X' means both 'a' and 'b'"),
        ('["a"]\nalias = ["x"]', "unknown field `alias`"),
        ("[", "table t, line 1:"),
    ],
)
def test_a_wrong_table_is_refused_by_name(content, message):
    with pytest.raises(TableError, match="table t") as caught:
        read_table("t", content)
    assert message in str(caught.value)
