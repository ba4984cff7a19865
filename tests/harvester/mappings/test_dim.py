"""DSpace's DIM and xoai say the same, under one table of keys."""

import pytest

from tests.harvester.mappings.reading_records import read

FIELDS = [
    ("dc.title", "en_US", "Title"),
    ("dc.contributor.author", "none", "Doe, Ann"),
    ("dc.date.issued", "none", "2014"),
    ("dc.date.accessioned", "none", "2017-05-27T21:50:56Z"),
    ("dc.description.provenance", "en", "Made available in DSpace"),
    ("dc.description.department", "en", "Physics"),
    ("dc.relation.ispartof", "none", "10.1234/host"),
]


def dim():
    fields = ""
    for key, lang, value in FIELDS:
        names = zip(("mdschema", "element", "qualifier"), key.split("."), strict=False)
        fields += f"<field {' '.join(f'{name}={word!r}' for name, word in names)} lang='{lang}'>{value}</field>"
    return f"<dim xmlns='http://www.dspace.org/xmlns/dspace/dim'>{fields.replace(chr(34), chr(39))}</dim>"


def xoai():
    text = ""
    for key, lang, value in FIELDS:
        names = [*key.split("."), lang]
        opened = "".join(f"<element name='{name}'>" for name in names)
        text += (
            f"{opened}<field name='value'>{value}</field><field name='authority'>x</field>{'</element>' * len(names)}"
        )
    bundles = "<element name='bundles'><element name='bundle'><field name='name'>ORIGINAL</field></element></element>"
    return f"<metadata xmlns='http://www.lyncode.com/xoai'>{text}{bundles}</metadata>"


@pytest.mark.parametrize(("xml", "prefix"), [(dim(), "dim"), (xoai(), "xoai")])
def test_same_record_in_both_forms(xml, prefix):
    item = read(xml, prefix)
    assert (item.title[0].value, item.creator[0].name, item.date.edtf) == ("Title", "Doe, Ann", "2014")
    assert (item.doi, [link.doi for link in item.links]) == (None, ["10.1234/host"])
    assert (item.dates, item.extra) == ((), {"description_department": ("Physics",)})
