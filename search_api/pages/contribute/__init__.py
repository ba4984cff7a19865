"""The pages by which people propose changes of items, and by which editors decide on them and make tokens."""

from search_api.pages.contribute.routes import contribute_routes
from search_api.pages.contribute.section import contribute_section

__all__ = ["contribute_routes", "contribute_section"]
