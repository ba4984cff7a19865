"""What pages refer to: one stylesheet and one script, joined from the files of this folder when the server starts."""

from search_api.pages.static.files import get_static, icon, script, style

__all__ = ["get_static", "icon", "script", "style"]
