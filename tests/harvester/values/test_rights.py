import pytest

from harvester.item import Rights, Term
from harvester.values.rights import RightsFacts, parse_rights

CC = "https://creativecommons.org/"


@pytest.mark.parametrize(
    ("text", "label", "uri"),
    [
        ("http://creativecommons.org/licenses/by-nc/4.0/", "CC BY-NC 4.0", CC + "licenses/by-nc/4.0/"),
        ("https://creativecommons.org/licenses/by/4.0/legalcode", "CC BY 4.0", CC + "licenses/by/4.0/"),
        ("https://creativecommons.org/licenses/by/4.0/deed.de", "CC BY 4.0", CC + "licenses/by/4.0/"),
        ("http://creativecommons.org/licenses/by/3.0/deed", "CC BY 3.0", CC + "licenses/by/3.0/"),
        ("http://creativecommons.org/licenses/by/3.0/us/", "CC BY 3.0 US", CC + "licenses/by/3.0/us/"),
        ("http://creativecommons.org/publicdomain/zero/1.0/", "CC0 1.0", CC + "publicdomain/zero/1.0/"),
        (
            "https://creativecommons.org/publicdomain/mark/1.0/",
            "Public Domain Mark 1.0",
            CC + "publicdomain/mark/1.0/",
        ),
        ("Mine. http://creativecommons.org/licenses/by-nd/3.0/us/", "CC BY-ND 3.0 US", CC + "licenses/by-nd/3.0/us/"),
        ("CC-BY-NC-ND 4.0", "CC BY-NC-ND 4.0", CC + "licenses/by-nc-nd/4.0/"),
        ("cc_by_nc_nd", "CC BY-NC-ND", None),
        ("Creative Commons Attribution 4.0 International", "CC BY 4.0", CC + "licenses/by/4.0/"),
        (
            "Creative Commons Attribution Non Commercial Share Alike 4.0 International",
            "CC BY-NC-SA 4.0",
            CC + "licenses/by-nc-sa/4.0/",
        ),
        ("Attribution-NonCommercial 3.0 United States", "CC BY-NC 3.0 US", CC + "licenses/by-nc/3.0/us/"),
        ("Creative Commons Zero v1.0 Universal", "CC0 1.0", CC + "publicdomain/zero/1.0/"),
        ("CC0", "CC0 1.0", CC + "publicdomain/zero/1.0/"),
        ("MIT License", "MIT", "https://opensource.org/licenses/MIT"),
        ("Apache License 2.0", "Apache 2.0", "https://www.apache.org/licenses/LICENSE-2.0"),
        ("https://rightsstatements.org/page/InC/1.0/?language=en", "In Copyright", "http://rightsstatements.org/vocab/InC/1.0/"),
        ("All Rights Reserved.", "All rights reserved", None),
        ("Public domain. It is no longer under copyright.", "Public domain", None),
        ("Attribution", "Attribution", None),
        ("© 2016 Macmillan Publishers Limited", "© 2016 Macmillan Publishers Limited", None),
    ],
)  # fmt: skip
def test_a_licence_has_a_short_label_and_its_uri(text, label, uri):
    assert parse_rights(text) == RightsFacts(Rights(label, text, uri))


@pytest.mark.parametrize(
    ("text", "label", "code"),
    [
        ("info:eu-repo/semantics/openAccess", "open access", "c_abf2"),
        ("openAccess", "open access", "c_abf2"),
        ("open", "open access", "c_abf2"),
        ("http://purl.org/coar/access_right/c_abf2", "open access", "c_abf2"),
        ("info:eu-repo/semantics/embargoedAccess", "embargoed access", "c_f1cf"),
        ("Restricted", "restricted access", "c_16ec"),
        ("Kısıtlı erişim", "restricted access", "c_16ec"),
        ("info:eu-repo/semantics/closedAccess", "metadata only access", "c_14cb"),
    ],
)
def test_an_access_term_is_no_licence(text, label, code):
    assert parse_rights(text) == RightsFacts(access=Term(label, text, f"http://purl.org/coar/access_right/{code}"))


def test_an_embargo_is_a_day():
    assert parse_rights("info:eu-repo/date/embargoEnd/2061-02-14") == RightsFacts(embargo_until="2061-02-14")
    assert parse_rights("info:eu-repo/date/embargoEnd/2061") == RightsFacts()
    assert parse_rights("") == RightsFacts()
