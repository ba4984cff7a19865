"""Only what a browser may open is an address, and it is one in ASCII."""

import pytest

from harvester.values.web import web_address


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://a.example/b?c=d#e", "https://a.example/b?c=d#e"),
        ("http://a.example/%20(1);x", "http://a.example/%20(1);x"),
        ('http://a.example/"><ü> \r\n\u202e', "http://a.example/%22%3E%3C%C3%BC%3E%20%0D%0A%E2%80%AE"),
        ("javascript:alert(1)", None),
        ("//a.example", None),
        (" https://a.example", None),
        ("ftp://a.example", None),
        ("https://", None),
        ("http://[half", None),
        ("", None),
    ],
)
def test_only_http_is_an_address_of_the_web(text, expected):
    assert web_address(text) == expected
