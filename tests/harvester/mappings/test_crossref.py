"""Crossref UNIXREF: the innermost work is the item, what it is part of is its container."""

from tests.harvester.mappings.reading_records import read

ISSUE = """<journal_metadata language="en"><full_title>Journal</full_title><issn>0028-0836</issn>
 <doi_data><doi>10.1234/journal</doi></doi_data></journal_metadata>
 <journal_issue><publication_date><year>1999</year></publication_date><journal_volume><volume>8</volume>
 </journal_volume><issue>7</issue><doi_data><doi>10.1234/issue</doi></doi_data></journal_issue>"""
ARTICLE = """<journal_article><titles><title>Title</title></titles><contributors>
 <person_name contributor_role="author"><given_name>Ann</given_name><surname>Doe</surname></person_name>
 <organization contributor_role="editor">Group</organization></contributors>
 <publication_date><month>4</month><year>2002</year></publication_date>
 <pages><first_page>1</first_page><last_page>4</last_page></pages>
 <doi_data><doi>10.1234/own</doi></doi_data>
 <citation_list><citation><author>Cited</author><doi>10.1234/cited</doi></citation></citation_list></journal_article>"""


def test_article_is_the_item_and_no_other_doi_is_its_own():
    xml = f"<crossref xmlns='http://www.crossref.org/xschema/1.0'><journal>{ISSUE}{ARTICLE}</journal></crossref>"
    item = read(xml, "unixref1.0")
    assert (item.doi, item.title[0].value, item.date.edtf) == ("10.1234/own", "Title", "2002-04")
    assert [agent.name for agent in item.creator] == ["Doe, Ann"]
    assert [(agent.name, agent.role, agent.kind) for agent in item.contributor] == [("Group", "editor", "organization")]
    assert (item.container.title, item.volume, item.issue, item.pages.end) == ("Journal", "8", "7", "4")
    assert [(link.relation, link.doi) for link in item.links] == [
        ("references", "10.1234/cited"), ("is_part_of", "10.1234/journal"),
    ]  # fmt: skip
    assert [term.label for term in item.resource_type] == ["journal article"]


def test_issue_without_an_article_is_an_issue():
    item = read(f"<crossref><journal>{ISSUE}</journal></crossref>", "crossref")
    assert (item.doi, item.date.edtf) == ("10.1234/issue", "1999")


def test_chapter_has_its_own_date_and_the_language_of_its_book():
    item = read(
        """<crossref><book><book_metadata language="en"><titles><title>Book</title></titles>
        <publication_date><month>09</month><day>22</day><year>2008</year></publication_date></book_metadata>
        <content_item><titles><title>Chapter</title></titles><publication_date><year>2008</year></publication_date>
        </content_item></book></crossref>""",
        "unixref",
    )
    assert (item.title[0].value, item.date.edtf, item.language[0].tag) == ("Chapter", "2008", "en")


def test_preprint_of_an_older_schema():
    item = read(
        """<crossref><preprint><titles><title>Early</title></titles><doi_data><doi>10.1234/own</doi></doi_data>
        </preprint></crossref>""",
        "crossref",
    )
    assert (item.title[0].value, item.doi, item.resource_type[0].label) == ("Early", "10.1234/own", "preprint")


def test_funders_identifier_inside_its_name_is_no_part_of_the_name():
    item = read(
        """<crossref><posted_content><titles><title>t</title></titles><program><assertion name="fundgroup">
        <assertion name="funder_name">Lamp Fund<assertion name="funder_identifier"> http://dx.doi.org/10.13039/100000015
        </assertion></assertion><assertion name="award_number">7</assertion></assertion></program></posted_content>
        </crossref>""",
        "crossref",
    )
    assert [(grant.funder, grant.number) for grant in item.funding] == [("Lamp Fund", "7")]


def test_grants_of_one_funder_and_of_a_lone_assertion():
    program = """<program><assertion name="fundgroup"><assertion name="funder_name">Lamp Fund</assertion>
        <assertion name="award_number">7</assertion><assertion name="funding_identifier">8</assertion></assertion>
        <assertion name="funder_name">Oil Fund<assertion name="funder_identifier">100000054</assertion></assertion>
        <assertion name="award_number">9</assertion></program>"""
    for inside in (program, f"<crossmark><custom_metadata>{program}</custom_metadata></crossmark>"):
        item = read(
            f"<crossref><posted_content><titles><title>t</title></titles>{inside}</posted_content></crossref>", "x"
        )
        grants = [(grant.funder, grant.number) for grant in item.funding]
        assert grants == [("Lamp Fund", "7"), ("Lamp Fund", "8"), ("Oil Fund", "9")]


def test_publisher_around_the_deposit_serves_where_the_deposit_has_none():
    work = "<crossref><posted_content><titles><title>t</title></titles>{}</posted_content></crossref>"
    around = """<crossref_result><query_result><body><query><crm-item name="publisher-name">Around</crm-item>
        <crm-item name="prefix-name">Prefix</crm-item><doi_record>{}</doi_record></query></body></query_result>
        </crossref_result>"""
    own = "<publisher><publisher_name>Own</publisher_name></publisher>"
    assert read(around.format(work.format("")), "cr_unixsd").publisher == ("Around",)
    assert read(around.format(work.format(own)), "cr_unixsd").publisher == ("Own",)


def test_volume_of_a_series_is_that_of_its_chapter():
    item = read(
        """<crossref><book><book_series_metadata><series_metadata><titles><title>Series</title></titles>
        </series_metadata><titles><title>Book</title></titles><volume>8297</volume></book_series_metadata>
        <content_item><titles><title>Chapter</title></titles></content_item></book></crossref>""",
        "unixref",
    )
    assert (item.container.title, item.volume) == ("Book", "8297")


def test_earliest_of_several_dates_of_publication_is_the_works():
    dates = "".join(
        f"<publication_date>{date}</publication_date>" for date in ("<year>2014</year>", "<year>2011</year>")
    )
    item = read(f"<crossref><posted_content><titles><title>t</title></titles>{dates}</posted_content></crossref>", "x")
    assert (item.date.edtf, [date.edtf for date in item.dates]) == ("2011", ["2014"])
