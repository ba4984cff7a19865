"""The OpenAPI document against what is served: schemathesis finds nothing, by all of its checks.

Its check that valid input is accepted is told that 400 may be the answer: a schema cannot say which properties and
items there are, nor the grammar of a filter; and 401, for it has no key.
"""

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.config import SchemathesisConfig

EXAMPLES = 25
ACCEPTED = ["2xx", "301", "304", "400", "401", "404", "406", "410"]


def cases(schema):
    for result in schema.get_all_operations():
        operation = result.ok()
        for mode in schemathesis.GenerationMode:
            yield operation, mode


@pytest.mark.slow
def test_schemathesis_finds_nothing(hub):
    load_all_checks()
    base = str(hub.client.base_url).rstrip("/")
    config = SchemathesisConfig.from_dict({"checks": {"positive_data_acceptance": {"expected-statuses": ACCEPTED}}})
    schema = schemathesis.openapi.from_url(f"{base}/openapi.json", config=config)
    checks = [CHECKS.get_one(name) for name in CHECKS.get_all_names()]
    done = set()
    for operation, mode in cases(schema):

        @seed(1)
        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def check(case):
            case.call_and_validate(base_url=base, checks=checks)

        try:
            check()
        except Unsatisfiable:  # a text in a path cannot be wrong by its schema
            assert mode is schemathesis.GenerationMode.NEGATIVE
            assert {one.definition["in"] for one in operation.iter_parameters()} <= {"path"}
        done.add(operation.path)
    assert len(done) >= 10
