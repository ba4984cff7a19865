"""The store and the mail server of the tests of alerts."""

from tests.workers.alerting.conftest import mailbox, store, store_url  # noqa: F401  fixtures
