"""Items as a sheet of XLSX, which spreadsheets open; every cell is text, so nothing is a formula."""

from collections.abc import Iterable
from typing import BinaryIO, Final

import xlsxwriter

from harvester.item import Item
from search_api.formats.rows import COLUMNS, MAX_CELL_CHARACTERS, row_of
from search_api.render import item_address

MOST_ROWS: Final = 1_048_576 - 2
"""What a sheet holds besides the heading and a last row that says where it ends."""

ENDS_HERE: Final = "A sheet holds no more rows: export the rest with after="


def write_sheet(items: Iterable[Item], public_url: str, file: BinaryIO) -> None:
    """Write the sheet of items to a file, row by row in constant memory; a cell is cut at 32,767 characters.

    Where there are more items than rows, the last row says after which id the rest begins.
    """
    with xlsxwriter.Workbook(file, {"constant_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("Items")
        sheet.freeze_panes(1, 0)
        sheet.write_row(0, 0, COLUMNS, book.add_format({"bold": True}))
        last = ""
        for number, item in enumerate(items, start=1):
            if number > MOST_ROWS:
                sheet.write_string(number, 0, ENDS_HERE + last)
                return
            for column, cell in enumerate(row_of(item, item_address(item.id, public_url))):
                if cell:
                    sheet.write_string(number, column, cell[:MAX_CELL_CHARACTERS])
            last = item.id
