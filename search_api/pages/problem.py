"""A problem as a page, for people who came by a browser."""

from starlette.requests import Request
from starlette.responses import Response

from search_api.pages.frame import main_element, page_response
from search_api.pages.markup import element
from search_api.problems import Problem


def problem_page(request: Request, problem: Problem, headers: dict[str, str]) -> Response:
    """Answer with a page that says what went wrong and what to do."""
    advice = element("p", element("a", "Start a new search", href="/items"))
    main = main_element(element("h1", problem.title), element("p", problem.detail), advice)
    return page_response(request, problem.title, main, status=problem.status, headers=headers)
