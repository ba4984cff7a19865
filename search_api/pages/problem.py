"""A problem as a page, for people who came by a browser."""

from starlette.responses import Response

from search_api.pages.frame import page_response
from search_api.pages.markup import element
from search_api.problems import Problem


def problem_page(hub_name: str, problem: Problem, headers: dict[str, str]) -> Response:
    """Answer with a page that says what went wrong and what to do."""
    advice = element("p", element("a", "Start a new search", href="/items"))
    main = element("main", element("h1", problem.title), element("p", problem.detail), advice)
    return page_response(hub_name, problem.title, main, status=problem.status, headers=headers)
