"""The secret: kept where it may be, demanded elsewhere."""

import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from harvester.settings import SettingError, read_settings
from search_api.settings import MissingSecretError, SearchSettings, check_secret, with_kept_secret


def test_secret_is_made_once_for_all(tmp_path):
    folder = tmp_path / "data"
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: with_kept_secret(SearchSettings(), folder).secret, range(32)))
    assert len(found) == 1
    assert len(found.pop()) >= 43
    (kept,) = folder.iterdir()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_given_secret_is_taken_as_it_is(tmp_path):
    assert with_kept_secret(SearchSettings(secret="given"), tmp_path).secret == "given"
    assert not list(tmp_path.iterdir())


def test_folder_that_cannot_be_used_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(MissingSecretError, match=r"file/secret .*OAIHUB_SECRET"):
        with_kept_secret(SearchSettings(), tmp_path / "file")


@pytest.mark.parametrize("secret", ["", "fifteen letters"])
def test_missing_or_short_secret_is_refused(secret):
    with pytest.raises(MissingSecretError, match="at least 16"):
        check_secret(SearchSettings(secret=secret))


def test_a_name_of_blanks_is_refused():
    with pytest.raises(SettingError, match="OAIHUB_HUB_NAME"):
        read_settings(SearchSettings, {"OAIHUB_HUB_NAME": " "})
