import pytest

from harvester.item import Language
from harvester.values.languages import language_label, parse_language
from tests.harvester.values.recorded import recorded


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("en", "en"), ("EN", "en"), ("Eng", "en"), ("eng", "en"), ("English", "en"), ("en_US", "en-US"),
        ("en-gb", "en-GB"), ("ger", "de"), ("deu", "de"), ("Deutsch", "de"), ("German", "de"), ("fre", "fr"),
        ("fra", "fr"), ("français", "fr"), ("chi", "zh"), ("Chinese", "zh"), ("Jpn", "ja"), ("Kor", "ko"),
        ("Finish", "fi"), ("dut", "nl"), ("slk", "sk"), ("cze", "cs"), ("Türkçe", "tr"), ("por", "pt"),
        ("Português (Brasil)", "pt-BR"), ("Greek", "el"), ("gre", "el"), ("Latin", "la"), ("nor", "no"),
        ("Occitan (post 1500)", "oc"), ("奧克語（後 1500)", "oc"), ("yap", "yap"), ("oty", "oty"), ("ang", "ang"),
        ("Vietnamese", "vi"), ("it-CH", "it-CH"), ("iw", "he"), ("zh_CN", "zh-Hans"), ("mul", "mul"),
        ("GE", None), ("NA", None), ("N/A", None), ("other", None), ("Multiple", None), ("en fr", None), ("", None),
        ("xx", None), ("qqq1", None), ("12", None), ("no language at all, sorry", None), ("English/French", None),
        ("AA\x00", None), ("Klingonish", None), ("Turkish delight", None), ("German language", "de"),
    ],
)  # fmt: skip
def test_a_language_has_its_canonical_tag_or_none(text, tag):
    assert parse_language(text) == Language(tag, text)


@pytest.mark.parametrize(
    ("tag", "label"),
    [("en", "English"), ("en-US", "English (United States)"), ("de", "German"), ("oc", "Occitan"), ("zz9", "zz9")],
)
def test_a_tag_has_an_english_name(tag, label):
    assert language_label(tag) == label


def test_nearly_all_recorded_languages_are_understood():
    values = recorded("language")
    assert sum(parse_language(value).tag is not None for value in values) / len(values) >= 0.993
