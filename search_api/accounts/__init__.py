"""Who asks and what he may: sessions of browsers, keys of programs, and what keeps foreign pages from acting as them.

`requires(right, handler)` and `protected(right, handler)` go around a handler of one request; within it `asker_of`
gives who asks, `form_of`, `file_of` and `body_of` what was sent. Its pages are made by `search_api.pages.private`.
"""

from search_api.accounts.asking import Asker, asker_of, body_of, file_of, form_of
from search_api.accounts.requiring import protected, requires

__all__ = ["Asker", "asker_of", "body_of", "file_of", "form_of", "protected", "requires"]
