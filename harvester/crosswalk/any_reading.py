"""A record's metadata of either kind: the root element of a format, or a JSON object as it came."""

from lxml import etree

from harvester.crosswalk.json_reading import read_json, read_json_element
from harvester.crosswalk.mapping import Mapping
from harvester.crosswalk.overlay import find_own_mapping
from harvester.crosswalk.reading import Readings, read_metadata
from harvester.parsing.json_page import JSON_ROOT


def mapping_for(metadata: etree._Element | bytes, metadata_prefix: str, own_mapping: str = "") -> Mapping:
    """Give the mapping of a record by its format, its root and the text of its endpoint's own. Raises: OverlayError."""
    root = JSON_ROOT if isinstance(metadata, bytes) else str(metadata.tag)
    return find_own_mapping(own_mapping, metadata_prefix, root)


def read_any(mapping: Mapping, metadata: etree._Element | bytes) -> Readings:
    """Read metadata by a mapping. Raises: JsonMetadataError where what should be a JSON object is none."""
    if isinstance(metadata, bytes):
        return read_json(mapping, metadata)
    return (read_json_element if mapping.json else read_metadata)(mapping, metadata)
