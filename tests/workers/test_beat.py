"""Beat as a thread of its worker: where it ends, the worker ends, too."""

import pytest
from celery.beat import Scheduler
from celery.platforms import EX_FAILURE
from celery.worker import state

from workers.app import create_app
from workers.working import _BeatWatch, _start_beat


class Broken(Scheduler):
    def tick(self, *arguments, **options):
        raise RuntimeError("broken")


@pytest.fixture
def stopping(monkeypatch):
    """The flag by which Celery's worker ends, as it was afterwards."""
    monkeypatch.setattr(state, "should_stop", None)
    return lambda: state.should_stop


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_worker_ends_whose_beat_has_ended(stopping):
    app = create_app("redis://127.0.0.1:1/0")
    app.conf.beat_scheduler = f"{__name__}:Broken"
    beat = _start_beat(app)
    beat.join(10)
    _BeatWatch(beat)._look()
    assert stopping() == EX_FAILURE
