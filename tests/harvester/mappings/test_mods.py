"""MODS, alone and inside METS."""

from tests.harvester.mappings.reading_records import read

MODS = """<mods xmlns="http://www.loc.gov/mods/v3">
 <titleInfo><nonSort>The</nonSort><title>Title</title><subTitle>Rest</subTitle></titleInfo>
 <titleInfo type="alternative"><title>Other</title></titleInfo>
 <name type="personal"><namePart type="family">Doe</namePart><namePart type="given">Ann</namePart>
  <role><roleTerm type="code">aut</roleTerm></role></name>
 <name><namePart>Roe, Bo</namePart><role><roleTerm>advisor</roleTerm></role></name>
 <originInfo><publisher>Press</publisher><dateIssued encoding="w3cdtf">2011-05</dateIssued></originInfo>
 <language><languageTerm type="code">ger</languageTerm><languageTerm type="text">German</languageTerm></language>
 <relatedItem type="host"><titleInfo><title>Journal</title></titleInfo><identifier type="doi">10.1234/host</identifier>
  <identifier type="issn">0028-0836</identifier><part><detail type="volume"><number>7</number></detail>
  <extent unit="pages"><start>1</start><end>9</end></extent></part></relatedItem>
 <identifier type="doi">10.1234/own</identifier></mods>"""


def check(item):
    assert item.title[0].value == "The Title: Rest"
    assert [text.value for text in item.alternative] == ["Other"]
    assert [agent.name for agent in item.creator] == ["Doe, Ann"]
    assert [(agent.name, agent.role) for agent in item.contributor] == [("Roe, Bo", "advisor")]
    assert (item.date.edtf, item.publisher, [language.tag for language in item.language]) == (
        "2011-05", ("Press",), ["de"],
    )  # fmt: skip
    assert (item.container.title, item.container.issn, item.volume) == ("Journal", ("0028-0836",), "7")
    assert (item.pages.start, item.pages.end) == ("1", "9")
    assert item.doi == "10.1234/own"
    assert [link.doi for link in item.links] == ["10.1234/host"]


def test_mods():
    check(read(MODS, "mods"))


def test_mods_inside_mets():
    mets = f"""<mets xmlns="http://www.loc.gov/METS/"><dmdSec><mdWrap><xmlData>{MODS}</xmlData></mdWrap></dmdSec>
    <fileSec><file>noise</file></fileSec></mets>"""
    check(read(mets, "mets"))
    assert read(mets, "mets").extra == {}


def test_years_of_a_span_and_a_named_contributor():
    item = read(
        """<mods xmlns="http://www.loc.gov/mods/v3"><titleInfo><title>Records</title></titleInfo>
        <name><namePart>Roe, Bo</namePart><role><roleTerm>contributor</roleTerm></role></name>
        <originInfo><dateIssued encoding="marc" point="start">1788</dateIssued>
        <dateIssued encoding="marc" point="end">1853</dateIssued>
        <dateCreated point="start">1700</dateCreated></originInfo>
        <relatedItem type="host"><titleInfo><title>Collection</title></titleInfo></relatedItem></mods>""",
        "mods",
    )
    assert (item.date.edtf, item.date.year) == ("1788/1853", 1788)
    assert (item.creator, [agent.name for agent in item.contributor]) == ((), ["Roe, Bo"])
    assert [date.edtf for date in item.dates] == ["1788", "1700"]
