"""The tantivy schema, made from the field table, and documents in it.

Ids and sort keys are kept as hexadecimal text: it sorts as they do, and tantivy compares ranges of text only in its
query language, where hexadecimal needs no quoting.
"""

import hashlib
from typing import Final

import tantivy

from indexer.document import Document
from indexer.engines.columns.rows import add_row_fields
from indexer.fields import FIELDS

NUMBERS: Final = ("date_from", "date_to", "year", "harvested")
SORT_KEYS: Final = ("date", "date_desc", "title", "harvested", "random")
TOKENIZER: Final = "tokens"
NAME_END: Final = "\x1f"
"""Ends the property's name in the field of undeclared values."""


def make_schema() -> tantivy.Schema:
    """Give the schema.

    Token fields, one keyword field per declared property, one for all others, numbers, sort keys.
    """
    builder = tantivy.SchemaBuilder()
    _add_keyword(builder, "id", stored=True)
    builder.add_unsigned_field("version", fast=True)
    add_row_fields(builder)
    builder.add_boolean_field("deleted", indexed=True, fast=True)
    builder.add_text_field("text", tokenizer_name=TOKENIZER)
    for field in FIELDS.values():
        if field.searched:
            builder.add_text_field(words_field(field.name), tokenizer_name=TOKENIZER)
        if field.facet:
            _add_keyword(builder, property_field(field.name))
    _add_keyword(builder, "extra")
    _add_keyword(builder, "present")
    _add_keyword(builder, "choices")
    builder.add_unsigned_field("work", fast=True)
    for name in NUMBERS:
        builder.add_integer_field(name, indexed=True, fast=True)
    for name in SORT_KEYS:
        _add_keyword(builder, order_field(name))
    builder.add_bytes_field("item", stored=True)
    return builder.build()


def make_tokenizer() -> tantivy.TextAnalyzer:
    """Give the analyser of token fields: blanks divide, nothing else happens."""
    return tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()


def property_field(name: str) -> str:
    """Give the field of a declared property's values."""
    return f"p_{name}"


def words_field(name: str) -> str:
    """Give the field of a searched property's tokens; "" is all of them."""
    return f"w_{name}" if name else "text"


def order_field(name: str) -> str:
    """Give the field of a sort key."""
    return name if name == "id" else f"order_{name}"


def extra_value(name: str, value: str) -> str:
    """Give a value of an undeclared property as it stands in the field `extra`."""
    return f"{name}{NAME_END}{value}"


def to_hex(text: str) -> str:
    """Give text as hexadecimal digits that sort as its code points do."""
    return text.encode().hex()


def from_hex(digits: str) -> str:
    """Give back the text of `to_hex`."""
    return bytes.fromhex(digits).decode()


def to_tantivy(document: Document) -> tantivy.Document:
    """Give a document as tantivy takes it."""
    made = tantivy.Document()
    made.add_text("id", to_hex(document.id))
    made.add_unsigned("version", document.version)
    made.add_boolean("deleted", document.deleted)
    if document.deleted:
        return made
    for name, words in document.words.items():
        made.add_text(words_field(name), words)
    made.add_text("text", document.text)
    made.add_bytes("item", bytes(document.item))
    _add_properties(made, document)
    for name in NUMBERS:
        number: int | None = getattr(document, name)
        if number is not None:
            made.add_integer(name, number)
    for name, key in document.order.items():
        made.add_text(order_field(name), to_hex(key))
    return made


def _add_properties(made: tantivy.Document, document: Document) -> None:
    for name, values in document.props.items():
        field = property_field(name)
        for value in values:
            made.add_text(field, value)
    for name, values in document.extra.items():
        for value in values:
            made.add_text("extra", extra_value(name, value))
    for name in document.present:
        made.add_text("present", name)
    for choice in document.choices:
        made.add_text("choices", choice)
    made.add_unsigned("work", int.from_bytes(hashlib.blake2b(document.work.encode(), digest_size=8).digest()))


def _add_keyword(builder: tantivy.SchemaBuilder, name: str, *, stored: bool = False) -> None:
    builder.add_text_field(name, stored=stored, fast=True, tokenizer_name="raw", index_option="basic")
