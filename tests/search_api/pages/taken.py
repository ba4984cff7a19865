"""A page taken apart by an HTML parser: what a person finds in it, and where links and forms lead."""

from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from lxml import html


class Page:
    """A page of a served hub; links and forms are followed as a browser without scripts does it."""

    def __init__(self, client, answer):
        assert answer.headers["content-type"].startswith("text/html"), answer.headers
        self.client, self.status, self.source = client, answer.status_code, answer.text
        self.address = str(answer.url)
        self.root = html.fromstring(answer.text)

    def all(self, path):
        """Give elements, or texts and attributes, by XPath."""
        return self.root.xpath(path)

    def one(self, path):
        (found,) = self.all(path)
        return found

    def texts(self, path):
        return [text_of(element) for element in self.all(path)]

    @property
    def count(self):
        """How many items the page says that there are."""
        said = text_of(self.one("//p[@class='count']/strong"))
        return int("".join(character for character in said if character.isdigit()))

    def link(self, text, within="//main"):
        """Give the address of the one link whose words, without those for screen readers alone, are these."""
        found = [a for a in self.all(f"{within}//a") if seen(a) == text]
        assert len(found) == 1, (text, [seen(a) for a in self.all(f"{within}//a")])
        return found[0].get("href")

    def follow(self, text, within="//main"):
        return self.open(self.link(text, within))

    def open(self, address):
        return Page(self.client, self.client.get(urljoin(self.address, address), follow_redirects=True))

    def send(self, form, **filled):
        """Send a GET form, found by XPath, with some of its fields filled in by name."""
        element = self.one(form)
        fields = []
        for field in element.xpath(".//input[@name] | .//select[@name]"):
            name = field.get("name")
            if field.get("type") == "checkbox":
                if filled.get(name, field.get("checked") is not None):
                    fields.append((name, field.get("value")))
            elif name in filled and field.get("type") != "hidden":
                fields.append((name, filled[name]))
            elif field.tag == "select":
                fields.append((name, field.value))
            else:
                fields.append((name, field.get("value") or ""))
        return self.open(f"{element.get('action')}?{urlencode(fields)}")

    def asked(self, name):
        """Give the values of a parameter of the page's own address."""
        return [value for key, value in parse_qsl(urlsplit(self.address).query) if key == name]


def open_page(hub, path, **parameters):
    return Page(hub.client, hub.client.get(path, params=parameters or None, follow_redirects=True))


def text_of(element):
    return " ".join(element.text_content().split())


def seen(element):
    """Give the text of an element without what only screen readers read, and without crosses."""
    parts = element.xpath(".//text()[not(ancestor::*[@class='hidden'])][not(ancestor::*[@aria-hidden])]")
    return " ".join("".join(parts).split())
