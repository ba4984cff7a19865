"""From a deletion plan to deleted records: the repository is asked for some of them first.

A list can break off without a word; whoever then deletes what it lacks loses half a repository. So a sample is asked
for by GetRecord: what it does not know, or says is deleted, is proof; a record that is there refutes the whole plan.
"""

import logging
from typing import Final

from harvester.endpoint import Endpoint
from harvester.errors import HarvestError, RetryableError
from harvester.harvesting import Harvesting, wait_for_host
from harvester.http import RetryLaterError
from harvester.leases import renewed
from harvester.oai import fetch_page
from harvester.parsing.record import IdDoesNotExistError, Record, RecordError, parse_page, parse_record
from harvester.store.deletions.applying import (
    PlanClaim,
    accept_plan,
    advance_plan,
    claim_plan,
    due_plans,
    hold_plan,
    note_proof,
    put_off_plan,
    renew_plan,
    sample_plan,
    seen_record,
)
from harvester.store.deletions.plans import Plan, get_plan
from harvester.store.hosts import block_host
from harvester.store.locking import host_of

log = logging.getLogger(__name__)

SAMPLE: Final = 10
LONGEST_PAUSE_S: Final = 5.0
FIRST_BACKOFF_S: Final = 60.0
LONGEST_BACKOFF_S: Final = 86_400.0
MAX_TRIES: Final = 8

GONE: Final = "idDoesNotExist"
DELETED: Final = "deleted"
LEFT: Final = "in none of the sets"
LIVE: Final = "live"


class OtherRecordError(RetryableError):
    """GetRecord gives something else than the record that it was asked for."""

    def __init__(self, identifier: str) -> None:
        super().__init__(f"asked for {identifier}, GetRecord gives another record or none")


def settle_plans(harvesting: Harvesting, endpoint_key: str, *, pause_s: float = LONGEST_PAUSE_S) -> None:
    """Take all plans of an endpoint as far as they go now; `pause_s` as in settle_plan."""
    for plan_id in due_plans(harvesting.store, endpoint_key, harvesting.store.now()):
        settle_plan(harvesting, plan_id, pause_s=pause_s)


def settle_plan(harvesting: Harvesting, plan_id: int, *, pause_s: float = LONGEST_PAUSE_S) -> Plan | None:
    """Prove and apply a proposed plan, or go on with applying or undoing it; give it as it is then, None if unknown.

    Where its host is to be left alone for longer than `pause_s`, or gives no answer, it waits. Nothing is done where
    somebody else works on it. Raises: the errors of the store.
    """
    store = harvesting.store
    claim = claim_plan(store, plan_id, lease_s=harvesting.lease_s, now=store.now())
    if claim is not None:

        def renew() -> bool:
            return renew_plan(store, claim, lease_s=harvesting.lease_s, now=store.now())

        with renewed(renew, lease_s=harvesting.lease_s, name=f"plan {plan_id}"):
            if claim.plan.state != "proposed" or _prove(harvesting, claim, pause_s):
                while advance_plan(store, claim, lease_s=harvesting.lease_s, now=store.now()):
                    pass
        plan = get_plan(store, plan_id)
        state = None if plan is None else plan.state
        log.info("plan settled", extra={"endpoint": claim.endpoint.key, "plan": plan_id, "state": state})
        return plan
    return get_plan(store, plan_id)


def _prove(harvesting: Harvesting, claim: PlanClaim, pause_s: float) -> bool:
    """Ask for a sample of the plan's records; True where it may be applied, and is still ours."""
    store = harvesting.store
    if claim.tries > MAX_TRIES:
        _give_up(harvesting, claim, claim.plan.error or "each was cut off")
        return False
    for identifier in sample_plan(store, claim, SAMPLE):
        standing = _standing(harvesting, claim, identifier, pause_s)
        if standing is None or not note_proof(store, claim, identifier, standing):
            return False
        if standing == LIVE:
            hold_plan(store, claim, f"the repository still has {identifier}, which is not in its list")
            return False
    return _knows_what_is_there(harvesting, claim, pause_s) and accept_plan(store, claim)


def _knows_what_is_there(harvesting: Harvesting, claim: PlanClaim, pause_s: float) -> bool:
    """Ask for a record that the list did hold: a GetRecord that does not know that one either proves nothing."""
    identifier = seen_record(harvesting.store, claim)
    if identifier is None:
        return True
    standing = _standing(harvesting, claim, identifier, pause_s)
    if standing == GONE:
        hold_plan(harvesting.store, claim, f"GetRecord does not even know {identifier}, which is in the list")
    return standing is not None and standing != GONE


def _standing(harvesting: Harvesting, claim: PlanClaim, identifier: str, pause_s: float) -> str | None:
    """Give what the repository says of a record; None where it cannot say so now, and the plan was put off."""
    store, host = harvesting.store, host_of(claim.endpoint.base_url)
    wait_s = wait_for_host(harvesting, claim.endpoint, pause_s).wait_s
    if wait_s > 0:
        put_off_plan(store, claim, error=None, not_before=store.now() + wait_s, failed=False)
        return None
    try:
        return ask(harvesting, claim.endpoint, claim.plan.metadata_prefix, identifier)
    except RetryLaterError as error:
        until = store.now() + min(error.seconds, LONGEST_BACKOFF_S)
        block_host(store, host, until, store.now())
        put_off_plan(store, claim, error=str(error), not_before=until, failed=False)
    except HarvestError as error:
        _fail(harvesting, claim, str(error))
    return None


def _fail(harvesting: Harvesting, claim: PlanClaim, error: str) -> None:
    """Have a plan wait for another try, later each time; a person decides where that was in vain too often."""
    extra = {"endpoint": claim.endpoint.key, "plan": claim.plan.id, "tries": claim.tries, "reason": error}
    log.warning("plan not proven", extra=extra)
    if claim.tries >= MAX_TRIES:
        _give_up(harvesting, claim, error)
        return
    backoff_s = min(LONGEST_BACKOFF_S, FIRST_BACKOFF_S * 4.0 ** (claim.tries - 1))
    put_off_plan(harvesting.store, claim, error=error, not_before=harvesting.store.now() + backoff_s, failed=True)


def _give_up(harvesting: Harvesting, claim: PlanClaim, error: str) -> None:
    hold_plan(harvesting.store, claim, f"no proof could be had in {MAX_TRIES} tries: {error}")


def ask(harvesting: Harvesting, endpoint: Endpoint, metadata_prefix: str, identifier: str) -> str:
    """Ask a repository for one record, and give how it stands: gone, deleted, in no set that is harvested, or live.

    Raises: OtherRecordError, and what fetch_page and parse_page raise.
    """
    parameters = {"verb": "GetRecord", "identifier": identifier, "metadataPrefix": metadata_prefix}
    answer = fetch_page(harvesting.http(endpoint), endpoint.base_url, parameters, method=endpoint.http_method)
    try:
        page = parse_page(answer.body)
    except IdDoesNotExistError:
        return GONE
    if not page.elements:
        raise OtherRecordError(identifier)
    try:
        record = parse_record(page.elements[0])
    except RecordError as error:  # it cannot be used, but it is there
        if error.identifier != identifier:
            raise OtherRecordError(identifier) from error
        return LIVE
    if record.identifier != identifier:
        raise OtherRecordError(identifier)
    return DELETED if record.deleted else LEFT if _has_left(record, endpoint) else LIVE


def _has_left(record: Record, endpoint: Endpoint) -> bool:
    """Tell whether a record names its sets, and none of them is harvested (or lies below one: OAI-PMH 2.0, 2.6)."""
    if not endpoint.sets or not record.sets:
        return False
    return not any(has == wanted or has.startswith(f"{wanted}:") for has in record.sets for wanted in endpoint.sets)
