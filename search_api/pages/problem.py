"""A problem as a page, for people who came by a browser."""

from starlette.requests import Request
from starlette.responses import Response

from search_api.languages import _
from search_api.languages.catalogue import ENGLISH
from search_api.pages.frame import main_element, page_response
from search_api.pages.markup import element
from search_api.problems import Problem


def problem_page(request: Request, problem: Problem, headers: dict[str, str]) -> Response:
    """Answer with a page that says what went wrong and what to do."""
    title = _(problem.title)
    lang = ENGLISH if problem.parameter is not None else None  # what is wrong with a query is said in English alone
    advice = element("p", element("a", _("Start a new search"), href="/items"))
    main = main_element(element("h1", title), element("p", problem.detail, lang=lang), advice)
    return page_response(request, title, main, status=problem.status, headers=headers)
