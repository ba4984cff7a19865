import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.errors import BadQueryError
from indexer.text import AllOf, AnyOf, Clause, Identified, NoneOf, Words, iter_words, parse_text
from indexer.tokens import SEPARATOR, tokens

IDENTIFYING = ("doi", "identifier", "record_identifier")


def word(text: str, field: str = "") -> Words:
    return Words((text,), field)


def prefix(text: str, field: str = "") -> Words:
    return Words((text,), field, prefix=True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", None),
        ("!!! …", None),
        ("one", word("one")),
        ("Scale UP scale", AllOf((word("scale"), word("up")))),
        ('"scale up" role', AllOf((Words(("scale", "up")), word("role")))),
        ("“scale up”", Words(("scale", "up"))),
        ('"unclosed phrase', AllOf((word("unclosed"), word("phrase")))),
        ("O'Brien", AllOf((word("o"), word("brien")))),
        ("中国 経済", AllOf((Words(("中", "国")), Words(("経", "済"))))),
        ("x中国y", AllOf((word("x"), Words(("中", "国")), word("y")))),
        ('""', None),
        (f'"York {SEPARATOR} Omer"', Words(("york", "omer"))),
        ("a OR b c", AnyOf((word("a"), AllOf((word("b"), word("c")))))),
        ("(a OR b) AND c", AllOf((AnyOf((word("a"), word("b"))), word("c")))),
        ("a NOT b", AllOf((word("a"), NoneOf(word("b"))))),
        ("NOT (a OR b)", NoneOf(AnyOf((word("a"), word("b"))))),
        ("a and or not b", AllOf(tuple(map(word, ["a", "and", "or", "not", "b"])))),
        ("improv*", prefix("improv")),
        ("O'Bri*", AllOf((word("o"), prefix("bri")))),
        ("中国*", Words(("中", "国"))),
        ("title:Scale", word("scale", "title")),
        ('title:"scale up" role', AllOf((Words(("scale", "up"), "title"), word("role")))),
        ("creator:cann*", prefix("cann", "creator")),
        ("title:(a OR NOT b) c", AllOf((AnyOf((word("a", "title"), NoneOf(word("b", "title")))), word("c")))),
        ("title: a review", AllOf((word("title"), word("a"), word("review")))),
        ("nature:nurture", AllOf((word("nature"), word("nurture")))),
        ("subtitle:x", AllOf((word("subtitle"), word("x")))),
        ("AND", None),
        ("NOT", None),
        ("a OR", word("a")),
        ("(NOT) a", word("a")),
        (")a( b", AllOf((word("a"), word("b")))),
        ("doi:10.1234/X", Identified(("doi",), "10.1234/x")),
        ("record_identifier:oai:x:1", Identified(("record_identifier",), "oai:x:1")),
        (
            "10.1080/x(1)y",
            AnyOf((Identified(IDENTIFYING, "10.1080/x(1)y"), Words(("10", "1080", "x", "1", "y")))),
        ),
        (
            "https://doi.org/10.1080/X",
            AnyOf(
                (
                    Identified(IDENTIFYING, "10.1080/x"),
                    Identified(IDENTIFYING, "https://doi.org/10.1080/X"),
                    Words(("10", "1080", "x")),
                )
            ),
        ),
        ("oai:x.org:a/1", AnyOf((Identified(IDENTIFYING, "oai:x.org:a/1"), Words(("oai", "x", "org", "a", "1"))))),
        ("and/or", AllOf((word("and"), word("or")))),
    ],
)
def test_what_a_persons_text_asks_for(text: str, expected: Clause | None):
    assert parse_text(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        " ".join(f"w{n}" for n in range(101)),
        "NOT (" + " ".join(f"w{n}" for n in range(101)) + ")",
        "(" * 5_000 + "x" + ")" * 5_000,
        "NOT " * 5_000 + "x",
        "title:" * 5_000 + "x",
        "a*",
    ],
)
def test_too_much_is_refused(text: str):
    with pytest.raises(BadQueryError) as raised:
        parse_text(text)
    assert raised.value.parameter == "q"


def test_a_hundred_words_are_taken():
    assert len(list(iter_words(parse_text(" ".join(f"w{n}" for n in range(100)))))) == 100


@given(st.text(st.characters(codec="utf-8", exclude_characters=":/*()")))
def test_every_token_of_a_text_can_be_asked_for(text: str):
    if not {"AND", "OR", "NOT"} & set(text.split()):
        assert {token for words in iter_words(parse_text(text)) for token in words.tokens} == set(tokens(text))


@given(
    st.lists(st.sampled_from(["(", ")", "AND", "OR", "NOT", "title:", '"', "ab*", "x", "10.1234/y", " "]), max_size=15)
)
def test_no_text_breaks_the_reader(parts: list[str]):
    parse_text("".join(f" {part}" if part.isalpha() else part for part in parts))
