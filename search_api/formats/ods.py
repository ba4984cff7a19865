"""Items as a sheet of ODS (OpenDocument 1.3), written as a stream; every cell is text, so nothing is a formula.

The libraries that are kept up hold the whole document in memory, so its one growing part is written by lxml's xmlfile.
"""

import zipfile
from collections.abc import Iterable
from typing import BinaryIO, Final

from lxml import etree

from harvester.item import Item
from search_api.formats.rows import COLUMNS, MAX_CELL_CHARACTERS, row_of
from search_api.formats.sheets import ENDS_HERE, MOST_ROWS
from search_api.formats.xml import NOT_XML, declared
from search_api.render import item_address

MEDIA_TYPE: Final = "application/vnd.oasis.opendocument.spreadsheet"
OFFICE: Final = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
TABLE: Final = "urn:oasis:names:tc:opendocument:xmlns:table:1.0"
TEXT: Final = "urn:oasis:names:tc:opendocument:xmlns:text:1.0"
NAMES: Final = declared({"office": OFFICE, "table": TABLE, "text": TEXT})
MANIFEST: Final = (
    '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.3">'
    f'<manifest:file-entry manifest:full-path="/" manifest:version="1.3" manifest:media-type="{MEDIA_TYPE}"/>'
    '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>'
)


def write_ods(items: Iterable[Item], public_url: str, file: BinaryIO) -> None:
    """Write the sheet of items to a file, row by row in constant memory; cells and rows end as those of XLSX do."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("mimetype", MEDIA_TYPE, zipfile.ZIP_STORED)  # first and not packed, so that it can be seen
        package.writestr("META-INF/manifest.xml", MANIFEST)
        with package.open("content.xml", "w", force_zip64=True) as content, etree.xmlfile(content, "UTF-8") as xml:
            xml.write_declaration()
            with (
                xml.element(f"{{{OFFICE}}}document-content", {f"{{{OFFICE}}}version": "1.3"}, nsmap=NAMES),
                xml.element(f"{{{OFFICE}}}body"),
                xml.element(f"{{{OFFICE}}}spreadsheet"),
                xml.element(f"{{{TABLE}}}table", {f"{{{TABLE}}}name": "Items"}),
            ):
                for row in _rows(items, public_url):
                    xml.write(_row(row))


def _rows(items: Iterable[Item], public_url: str) -> Iterable[Iterable[str]]:
    yield COLUMNS
    last = ""
    for number, item in enumerate(items, start=1):
        if number > MOST_ROWS:
            yield [ENDS_HERE + last, *[""] * (len(COLUMNS) - 1)]
            return
        yield row_of(item, item_address(item.id, public_url))
        last = item.id


def _row(cells: Iterable[str]) -> etree._Element:
    row = etree.Element(f"{{{TABLE}}}table-row", nsmap=NAMES)  # some readers know the usual prefixes only
    for cell in cells:
        said = NOT_XML.sub("", cell[:MAX_CELL_CHARACTERS])
        element = etree.SubElement(row, f"{{{TABLE}}}table-cell")
        if said:
            element.set(f"{{{OFFICE}}}value-type", "string")
            element.set(f"{{{OFFICE}}}string-value", said)
            for line in said.split("\n"):
                etree.SubElement(element, f"{{{TEXT}}}p").text = line
    return row
