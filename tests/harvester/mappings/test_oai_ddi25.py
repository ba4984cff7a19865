"""DDI Codebook: the study, not its document, files or variables."""

from tests.harvester.mappings.reading_records import read

DDI = """<codeBook xmlns="ddi:codebook:2_5">
 <docDscr><citation><titlStmt><titl>Codebook</titl></titlStmt></citation></docDscr>
 <stdyDscr><citation><titlStmt><titl>Breakfast</titl><parTitl xml:lang="sv">Frukost</parTitl>
  <IDNo agency="DataCite">10.1234/own</IDNo></titlStmt><rspStmt><AuthEnty affiliation="Institute">Doe, Ann</AuthEnty>
  </rspStmt><prodStmt><producer>Institute</producer><prodDate date="2019">2019</prodDate><fundAg>Fund</fundAg>
  <grantNo agency="Fund">F-3</grantNo></prodStmt><distStmt><distrbtr>Archive</distrbtr>
  <distDate date="2019-10-15">15 October</distDate></distStmt></citation>
  <stdyInfo><subject><keyword vocab="ELSST">food</keyword></subject><abstract>Who eats what.</abstract>
  <sumDscr><collDate event="start" date="2018-03-01"/></sumDscr></stdyInfo>
  <dataAccs><useStmt><restrctn>restricted access</restrctn></useStmt></dataAccs>
  <othrStdyMat><relPubl>Doe (2020). https://doi.org/10.1234/paper</relPubl></othrStdyMat></stdyDscr>
 <fileDscr><fileTxt><fileName>a.sav</fileName></fileTxt></fileDscr></codeBook>"""


def test_study():
    item = read(DDI, "oai_ddi25")
    assert ([text.value for text in item.title], [text.value for text in item.alternative]) == (
        ["Breakfast"], ["Frukost"],
    )  # fmt: skip
    assert (item.creator[0].name, item.creator[0].affiliation[0].name) == ("Doe, Ann", "Institute")
    assert (item.date.edtf, item.publisher, item.access.label) == ("2019-10-15", ("Archive",), "restricted access")
    assert {(date.edtf, date.kind) for date in item.dates} == {("2019", "created"), ("2018-03-01", "collected")}
    assert [(grant.funder, grant.number) for grant in item.funding] == [("Fund", "F-3")]
    assert [term.label for term in item.resource_type] == ["dataset"]
    assert (item.subject[0].value, item.subject[0].scheme) == ("food", "ELSST")
    assert item.extra == {}


def test_doi_of_a_publication_on_the_study_stays_a_link():
    item = read(DDI, "ddi")
    assert (item.doi, [link.doi for link in item.links]) == ("10.1234/own", ["10.1234/paper"])
