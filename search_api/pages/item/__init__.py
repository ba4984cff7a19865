"""The page of one item, those of its history and of where each value comes from, and the item as a file."""

from search_api.pages.item.file import get_item_file
from search_api.pages.item.history_page import get_history_page
from search_api.pages.item.page import get_item_page
from search_api.pages.item.sources_page import get_sources_page

__all__ = ["get_history_page", "get_item_file", "get_item_page", "get_sources_page"]
