import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.tokens import MAX_TOKEN_CHARACTERS, SEPARATOR, fold, token_text, tokens


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("Partnering for Improvement: 569-588", ["partnering", "for", "improvement", "569", "588"]),
        ("O'Brien_Smith", ["o", "brien", "smith"]),
        ("Éléphants ÜBER Ångström naïve", ["elephants", "uber", "angstrom", "naive"]),
        ("e\u0301le\u0300ve", ["eleve"]),
        ("Straße STRASSE", ["strasse", "strasse"]),
        ("ﬁnal ½ CO₂", ["final", "1", "2", "co2"]),
        ("İstanbul", ["istanbul"]),
        ("co\u00adoperate می\u200cخواهم", ["cooperate", "میخواهم"]),
        ("“quoted”—dash…", ["quoted", "dash"]),
        ("中国经济 report", ["中", "国", "经", "济", "report"]),
        ("カタカナ ｶﾀ が", ["カ", "タ", "カ", "ナ", "カ", "タ", "が"]),
        ("한국어 논문", ["한국어", "논문"]),
        ("हिन्दी भाषा", ["हिन्दी", "भाषा"]),
        ("Πλάτων Москва", ["πλατων", "москва"]),
        ("שָׁלוֹם", ["שלום"]),
        ("C++ ™ 🙂 a\x00b", ["c", "tm", "a", "b"]),
        ("x" * 150, ["x" * 100]),
        ("é" * 150, ["e" * 100]),
        (f"a{SEPARATOR}b", ["a", "b"]),
        ("\u241f", []),
    ],
)
def test_tokens_of_a_text(text, expected):
    assert tokens(text) == expected


def test_folding_keeps_punctuation():
    assert fold("«Éclair» & Co.") == "«eclair» & co."


def test_values_are_divided_by_a_separator():
    assert token_text(["New York", "Ömer"]) == f"new york {SEPARATOR} omer"


@given(st.text())
def test_tokens_are_stable_short_and_free_of_blanks(text):
    found = tokens(text)
    assert tokens(" ".join(found)) == found
    assert all(0 < len(token) <= MAX_TOKEN_CHARACTERS and token == "".join(token.split()) for token in found)
    assert SEPARATOR not in found


@given(st.text(alphabet=st.sampled_from("aB1 ,.-éÉñßŁłøİıςΣόλйЁ’–…½ﬁ²≠℃\u0301\u00ad\u200d"), max_size=40))
def test_a_text_is_folded_alike_whatever_scripts_stand_beside(text):
    assert tokens(f"{text} 中") == [*tokens(text), "中"]
    assert [word for mark in text.split() for word in tokens(mark)] == tokens(text)
