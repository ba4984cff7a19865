"""Items for tests of citations, in few words."""

from harvester.item import Agent, Container, Identifier, Metadata, Term, Text
from harvester.values.dates import parse_date
from harvester.values.names import parse_agent
from harvester.values.pages import parse_pages


def work(kind: str, title: str, creators: str = "", date: str = "", **more) -> Metadata:
    """Make an item; names and `editors` with `;` between, "Family, Given" or as they are, a group begins with `*`."""
    pages, container, url = more.pop("pages", None), more.pop("container", None), more.pop("url", None)
    publisher, status, editors = more.pop("publisher", None), more.pop("status", None), more.pop("editors", "")
    extra = {name: (more.pop(name),) for name in list(more) if name not in Metadata.__struct_fields__}
    return Metadata(
        title=(Text(title),) if title else (),
        resource_type=(Term(kind),) if kind else (),
        creator=people(creators),
        contributor=people(editors, "editor"),
        date=parse_date(date) if date else None,
        pages=parse_pages(pages) if pages else None,
        container=Container(container) if isinstance(container, str) else container,
        publisher=(publisher,) if publisher else (),
        resource_status=(Term(status),) if status else (),
        identifier=(Identifier("url", url, url),) if url else (),
        extra=extra,
        **more,
    )


def people(names: str, role: str | None = None) -> tuple[Agent, ...]:
    found = []
    for name in filter(None, (part.strip() for part in names.split(";"))):
        agent = Agent(name[1:], kind="organization") if name[0] == "*" else parse_agent(name)
        found.append(Agent(agent.name, agent.family, agent.given, agent.kind, role))
    return tuple(found)
