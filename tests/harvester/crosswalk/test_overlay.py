"""An endpoint's own mapping: what it changes, which records it is for, and what is told of mistakes."""

import pytest
from lxml import etree

from harvester.crosswalk.checking import check_mapping, told
from harvester.crosswalk.normalize import normalize
from harvester.crosswalk.overlay import OverlayError, find_own_mapping, overlay_digest, read_overlay
from harvester.parsing.record import Record
from harvester.toml_lines import find_lines
from harvester.values.tables import TableError, read_table

DC = "<dc><title>T</title><source>Journal 5(2), 1-3</source><coverage>Oslo</coverage><rights>r</rights></dc>"


def metadata(text, xml=DC, prefix="oai_dc"):
    record = Record("oai:r:1", "2025-01-01", (), deleted=False, metadata=etree.fromstring(xml))
    return normalize(record, prefix, text)


def test_add_replace_and_drop_change_the_format_s_rules():
    overlay = """
        extends = "oai_dc"
        drop = ["rights"]
        replace = [{ path = "source", to = "publisher" }]
        add = [{ path = "coverage", to = "subject" }]"""
    changed = metadata(overlay)
    assert (changed.title[0].value, changed.publisher) == ("T", ("Journal 5(2), 1-3",))
    assert [subject.value for subject in changed.subject] == ["Oslo"]
    assert changed.rights == ()
    assert changed.extra == {"oai_dc_rights": ("r",)}
    plain = metadata("")
    assert (plain.publisher, plain.subject, [one.label for one in plain.rights]) == ((), (), ["r"])


def test_overlay_is_for_its_format_only():
    overlay = 'extends = "oai_datacite"\nadd = [{ path = "coverage", to = "subject" }]'
    assert metadata(overlay) == metadata("")


def test_whole_mapping_reads_a_format_that_we_have_not():
    whole = 'format = "foo"\nroot = "foo"\nrules = [{ path = "name", to = "title" }]'
    assert metadata(whole, "<foo><name>N</name></foo>", "foo").title[0].value == "N"
    assert metadata("", "<foo><name>N</name></foo>", "foo").title == ()
    assert metadata(whole) == metadata("")


def test_digest_is_the_version_of_the_text():
    assert overlay_digest("a") == overlay_digest("a") != overlay_digest("b")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('extends = "oai_dc"\ndrop = ["nowhere"]', "has no rule for 'nowhere'"),
        ('extends = "dc"', "there is no format 'dc'"),
        ("add = ", "Invalid"),
    ],
)
def test_mapping_that_cannot_be_used_says_what_to_do(text, reason):
    with pytest.raises(OverlayError, match=f"{reason}.*endpoints edit KEY --mapping FILE") as caught:
        find_own_mapping(text, "oai_dc", "dc")
    assert overlay_digest(text) in str(caught.value)


def test_too_long_a_text_is_no_mapping():
    with pytest.raises(OverlayError, match="too long"):
        read_overlay("#" * 70_000)


MISTAKEN = """extends = "oai_dc"  # [no table]
drop = ["source", "sorce"]
replace = [
  { path = "relation", to = "link", kinds = { "c.d" = "]" } },
  { path = "b", too = "x" },
]
addd = 3
[[add]]
path = "a//b"
to = "titel"
[[add]]
path = "a//b"
to = 'title'
[[add]]
path = "title"
to = 'title'
"""


def test_every_mistake_is_named_with_line_and_field():
    found = [(mistake.line, mistake.field) for mistake in check_mapping(MISTAKEN)]
    assert found == [
        (2, "drop[2]"),
        (5, "replace[2].too"),
        (5, "replace[2].path"),
        (7, "addd"),
        (10, "add[1].to"),
        (12, "add[2].path"),
        (14, "add[3]"),
    ]
    words = "\n".join(told("f.toml", mistake) for mistake in check_mapping(MISTAKEN))
    assert "f.toml:2: drop[2]: oai_dc has no rule for 'sorce' (did you mean 'source'?)" in words
    assert "did you mean 'title'?" in words


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("a = 1\nb = [", 2, "is no TOML"),
        ('format = "f"\nrules = []', None, "lacks root"),
        ('extends = 5\nadd = "x"', 1, "is to be a text"),
        ('extends = "oai_dc"\nadd = [{ path = "x", to = "title" }, { path = "x", to = "title" }]', 2, "the same as"),
    ],
)
def test_mistakes_of_a_whole_file(text, line, reason):
    assert any(mistake.line == line and reason in mistake.reason for mistake in check_mapping(text))


def test_good_files_have_no_mistakes():
    assert check_mapping('extends = "oai_dc"\nadd = [{ path = "coverage", to = "subject" }]') == []


def test_lines_are_found_in_every_form_of_toml():
    text = '# c\na."b c" = 1\n[t]\nx = """\n[no]\n"""\n'
    text += "y = [\n  1, # ]\n  { z = '#' },\n]\n[[l.m]]\n[[l.m]]\n[l.m.n]\nk = 2"
    lines = find_lines(text)
    assert lines[("a", "b c")] == 2
    assert (lines[("t", "x")], lines[("t", "y", 0)], lines[("t", "y", 1, "z")]) == (4, 8, 9)
    assert (lines[("l", "m", 0)], lines[("l", "m", 1)], lines[("l", "m", 1, "n", "k")]) == (11, 12, 14)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ('["a"]\nalso = ["x"]\n["b"]\nalso = ["X"]', "line 4: 'X' means both 'a' and 'b'"),
        ('["a"]\nalso = ["x",\n "X-"]', "line 3: 'X-' of 'a' is on line 2 already"),
        ('["a"]\nalso = ["--"]', "line 2: '--' of 'a' has no letter"),
        ('["a"]\n["b"]\nuri = 5', "line 2: 'b': Expected `str"),
    ],
)
def test_mistake_in_a_table_names_line_and_entry(table, message):
    with pytest.raises(TableError) as caught:
        read_table("t", table)
    assert message in str(caught.value)
