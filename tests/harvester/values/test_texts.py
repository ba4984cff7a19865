import pytest

from harvester.values.texts import clean_text

DAMAGED = (("Â©", "©"), ("Ã©", "é"), ("Ä‡", "ć"), ("Å¾", "ž"), ("Î²", "β"), ("Ï€", "π"), ("Ð¶", "ж"), ("â€“", "–"))


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("Plain words, 100 % as they are.", "Plain words, 100 % as they are."),
        (" two\n  lines\tand\u00a0more ", "two lines and more"),
        ("Malory's <em>Morte Darthur</em>", "Malory's Morte Darthur"),
        ("CO<sub>2</sub> and H<SUB>2</SUB>O", "CO2 and H2O"),
        ("<p>One.</p><p>Two.</p>", "One. Two."),
        ("one<br/>two", "one two"),
        ("<jats:title>Abstract</jats:title><jats:p>CO<jats:sub>2</jats:sub></jats:p>", "Abstract CO2"),
        ("<mml:math><mml:mi>x</mml:mi><mml:mo>=</mml:mo><mml:mn>1</mml:mn></mml:math>", "x=1"),
        ('<a href="https://example.org/?a=1&amp;b=2">Link</a> to <span class=x>it</span>', "Link to it"),
        ("&lt;p&gt;Funding provided by: &amp;amp; Co&lt;/p&gt;", "Funding provided by: & Co"),
        ("AT&amp;T &eacute;t&eacute; &#8211; &#x41;", "AT&T été – A"),
        ("R&D, a&b, ?copy=1&copy=2", "R&D, a&b, ?copy=1&copy=2"),
        ("p < 0.05 and p > 0.01", "p < 0.05 and p > 0.01"),
        ("p &lt; 0.05", "p < 0.05"),
        ("if a<b and c>d", "if a<b and c>d"),
        ("<unknown>", "<unknown>"),
        ("before<script>alert('x')</script>after", "before after"),
        ("a<!-- hidden -->b", "a b"),
        ("<![CDATA[kept]]>", "kept"),
        ("kept]]>", "kept"),
        ("sealing off\x0b the well\x00", "sealing off the well"),
        ("soft\u00adhyphen\u200b\ufeff", "softhyphen"),
        ("Cafe\u0301", "Café"),
        ("LÃ¶sung", "Lösung"),
        *((f"{'long words ' * 20}{damaged}", f"{'long words ' * 20}{whole}") for damaged, whole in DAMAGED),
        ("Libraryâ€™s", "Library’s"),
        ("DoktorandskÃ½ den", "Doktorandský den"),
        ("SÃO PAULO, Pâté, ÎLE", "SÃO PAULO, Pâté, ÎLE"),
        ("“quotes” and ﬁne ligatures", "“quotes” and ﬁne ligatures"),
        ("Сибирь 中文 العربية", "Сибирь 中文 العربية"),
        ("", ""),
        (" ", ""),
    ],
)
def test_text_is_cleaned_and_nothing_else_is_changed(text, cleaned):
    assert clean_text(text) == cleaned
