"""Alert rules evaluated by promtool over what was scraped.

promtool's clock begins at 0: moments are moved so that the second scrape is at END_S. Three hours in which all stays as
it was scraped, but for counters: they grow from the first scrape to the second within the last quarter of an hour.
"""

import json
from pathlib import Path

from tests.services.prometheus import run_promtool
from tests.workers.metrics.conftest import Series

RULES = Path(__file__).parents[3] / "deploy" / "prometheus" / "alerts.yml"
STEP_S = 60
END_S = 3 * 3_600
GROWING = 15
STILL = END_S // STEP_S - GROWING
UP = ("up", frozenset({("job", "oaihub")}))


def firing(promtool: str, folder: Path, before: Series, after: Series, *, at: float, names: set[str]) -> None:
    """Fail unless exactly these alerts fire at the end."""
    by_name = [{"labels": f'{{alertname="{name}"}}', "value": 1} for name in sorted(names)]
    asked = {
        "expr": 'count by (alertname) (ALERTS{alertstate="firing"}) > bool 0',
        "eval_time": f"{END_S}s",
        "exp_samples": by_name,
    }
    test = {
        "rule_files": [str(RULES)],
        "evaluation_interval": f"{STEP_S}s",
        "tests": [
            {
                "interval": f"{STEP_S}s",
                "input_series": [_series(key, before.get(key, 0.0), value, at) for key, value in after.items()],
                "promql_expr_test": [asked],
            }
        ],
    }
    path = folder / "rules-test.yml"
    path.write_text(json.dumps(test))  # JSON is YAML
    run_promtool(promtool, "test", "rules", str(path))


def _series(key: tuple[str, frozenset[tuple[str, str]]], before: float, after: float, at: float) -> dict[str, str]:
    name, labels = key
    written = ",".join(f"{label}={json.dumps(value)}" for label, value in sorted(labels))
    if name.endswith("_timestamp_seconds"):
        before = after = after - at + END_S
    if not name.endswith(("_total", "_bucket", "_count", "_sum")):
        before = after
    grows = (after - before) / GROWING
    values = f"{before:.6f}x{STILL} {before + grows:.6f}{grows:+.6f}x{GROWING - 1}"
    return {"series": f"{name}{{{written}}}", "values": values}
