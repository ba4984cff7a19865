"""The pages on which people search: a result, the hub's newest items, and all values of a property."""

from search_api.pages.search.page import get_search_page, get_start_page
from search_api.pages.search.values import get_values_page

__all__ = ["get_search_page", "get_start_page", "get_values_page"]
