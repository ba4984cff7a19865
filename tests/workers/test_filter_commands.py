"""`oaihub filters`: saved, listed, shown, removed; wrong use is named."""

import json

import pytest

pytestmark = pytest.mark.usefixtures("data_dir")


def test_filters_are_saved_and_removed(oaihub, repository):
    oaihub("endpoints", "add", "here", repository.url, "--allow-private")
    assert oaihub("harvest", "here")[0] == 0
    total = json.loads(oaihub("search", "--filter", "title:*", "--json")[1])["total"]
    code, out, err = oaihub("filters", "add", "titled", "--json", "--", "title:*", "-genre:None such")
    assert (code, err) == (0, "")
    (saved,) = json.loads(out)["filters"]
    assert saved["created"]
    wanted = {"name": "titled", "set": "filter:titled", "filters": ["title:*", "-genre:None such"], "filled": True}
    assert saved == wanted | {"items": total, "created": saved["created"]}
    assert total > 0
    assert json.loads(oaihub("filters", "list", "--json")[1]) == json.loads(
        oaihub("filters", "show", "titled", "--json")[1]
    )
    assert "filter:titled" in oaihub("filters", "list")[1]
    assert oaihub("filters", "add", "titled", "--", "title:*", "-genre:None such")[0] == 0  # the same again
    code, _, err = oaihub("filters", "add", "titled", "doi:*")
    assert (code, "remove titled" in err) == (2, True)
    assert oaihub("filters", "remove", "titled")[0] == 0
    assert (oaihub("filters", "remove", "titled")[0], oaihub("filters", "show", "titled")[0]) == (2, 2)


@pytest.mark.parametrize("arguments", [("a b", "doi:*"), ("name", "nothing:x"), ("name",), ("name", "date:2015-13..")])
def test_wrong_use_is_named(oaihub, repository, arguments):
    oaihub("endpoints", "add", "here", repository.url, "--allow-private")
    assert oaihub("harvest", "here")[0] == 0
    code, _, err = oaihub("filters", "add", *arguments)
    assert code == 2
    assert err
