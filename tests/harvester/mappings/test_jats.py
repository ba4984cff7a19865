"""JATS: the front matter only; dates as precise as their parts."""

from tests.harvester.mappings.reading_records import read


def test_article():
    item = read(
        """<article article-type="research-article" xml:lang="en"><front><journal-meta><journal-title-group>
    <journal-title>Journal</journal-title></journal-title-group><issn>0028-0836</issn></journal-meta><article-meta>
    <article-id pub-id-type="doi">10.1234/own</article-id><title-group><article-title>On <italic>E. coli</italic>
    </article-title></title-group><contrib-group><contrib contrib-type="author"><name><surname>Doe</surname>
    <given-names>Ann</given-names></name></contrib><contrib contrib-type="editor"><name><surname>Roe</surname>
    <given-names>Bo</given-names></name></contrib></contrib-group>
    <pub-date pub-type="ppub"><month>5</month><year>2014</year></pub-date><volume>3</volume><fpage>7</fpage>
    <lpage>9</lpage><kwd-group><kwd>cells</kwd></kwd-group></article-meta></front>
    <body><p>Long text</p></body></article>""",
        "pmc",
    )
    assert (item.doi, item.title[0].value, item.date.edtf) == ("10.1234/own", "On E. coli", "2014-05")
    assert [agent.name for agent in item.creator] == ["Doe, Ann"]
    assert [(agent.name, agent.role) for agent in item.contributor] == [("Roe, Bo", "editor")]
    assert (item.container.title, item.volume, item.pages.start, item.pages.end) == ("Journal", "3", "7", "9")
    assert ([subject.value for subject in item.subject], item.extra) == (["cells"], {})
