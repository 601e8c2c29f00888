"""Wompi's events: which are believed, and what is kept of them."""

import json
import time

import pytest

from payments import gateways
from payments.gateways.base import ForgedNotice, UnreadableNotice
from payments.gateways.wompi import Wompi
from payments.tests.charges import make_charge
from payments.tests.sandbox_server import sign_again


@pytest.fixture
def wompi(sandbox):
    return gateways.get("wompi")


@pytest.fixture
def event(wompi, sandbox):
    """One real event of an approved payment: (headers, body)."""
    wompi.start(make_charge(phone="+573991111111"))
    return sandbox.events()[0]


def resigned(sandbox, body, **changes):
    return sign_again(body, sandbox.credentials("wompi")["events_secret"], **changes)


def test_an_event_names_the_payment_to_look_up(wompi, sandbox, event):
    notice = wompi.read_notice(*event)
    paid = sandbox.kept("transactions")[0]
    assert notice.reference == "CO0001A1"
    assert notice.company_reference == paid["id"]
    assert notice.name == "transaction.updated"
    timestamp = json.loads(event[1])["timestamp"]
    assert notice.event_id == f"{paid['id']}:APPROVED:{timestamp}"


def test_a_refusal_does_not_close_the_payment_while_a_better_try_may_come(wompi, sandbox):
    """On the hosted page a refused buyer may try again; the notice only says which reference to ask about."""
    wompi.start(make_charge(phone="+573992222222"))
    notice = wompi.read_notice(*sandbox.events()[0])
    assert (notice.reference, notice.company_reference) == ("CO0001A1", "")


def test_nothing_personal_is_kept_of_an_event(wompi, event):
    assert b"ana@example.com" in event[1]
    assert b"3991111111" in event[1]
    kept = json.dumps(wompi.read_notice(*event).body)
    for word in ("ana@example.com", "3991111111", "Ana", "1020304050"):
        assert word not in kept


def test_duplicates_have_one_event_id(wompi, sandbox):
    sandbox.switch(duplicate_events=True)
    wompi.start(make_charge(phone="+573991111111"))
    ids = {wompi.read_notice(*each).event_id for each in sandbox.events(at_least=2)}
    assert len(ids) == 1


def test_an_older_event_that_comes_later_is_another_event(wompi, sandbox):
    sandbox.switch(reverse_events=True)
    wompi.start(make_charge(phone="+573991111111"))
    notices = [wompi.read_notice(*each) for each in sandbox.events(at_least=2)]
    assert [notice.body["transaction"]["status"] for notice in notices] == ["APPROVED", "PENDING"]
    assert notices[0].event_id != notices[1].event_id


@pytest.mark.parametrize("switch", ["upper_case_checksum", "other_properties"])
def test_other_spellings_of_a_right_signature_are_believed(wompi, sandbox, switch):
    sandbox.switch(**{switch: True})
    wompi.start(make_charge(phone="+573991111111"))
    assert wompi.read_notice(*sandbox.events()[0]).reference == "CO0001A1"


@pytest.mark.parametrize("switch", ["wrong_checksum", "unsigned_events"])
def test_events_that_wompi_did_not_sign_are_forged(wompi, sandbox, switch):
    sandbox.switch(**{switch: True})
    wompi.start(make_charge(phone="+573991111111"))
    with pytest.raises(ForgedNotice):
        wompi.read_notice(*sandbox.events()[0])


def test_an_unheard_of_event_is_accepted_and_names_no_payment(wompi, sandbox):
    sandbox.switch(unknown_event=True)
    wompi.start(make_charge(phone="+573991111111"))
    notice = wompi.read_notice(*sandbox.events()[0])
    assert (notice.name, notice.reference) == ("something.unheard_of", "")


def test_an_event_of_production_is_no_business_of_a_test_shop(wompi, sandbox, event):
    body = resigned(sandbox, event[1], environment="prod")
    with pytest.raises(ForgedNotice):
        wompi.read_notice({}, body)


def test_an_old_event_is_refused_though_it_is_signed(wompi, sandbox, event):
    with pytest.raises(ForgedNotice):
        wompi.read_notice({}, resigned(sandbox, event[1], timestamp=int(time.time()) - 37 * 3600))


def test_an_event_that_does_not_sign_its_status_is_refused(wompi, sandbox, event):
    signature = {"properties": ["transaction.id"], "checksum": ""}
    with pytest.raises(ForgedNotice):
        wompi.read_notice({}, resigned(sandbox, event[1], signature=signature))


def test_a_signed_event_about_nothing_is_unreadable(wompi, sandbox, event):
    transaction = {"id": "1", "status": "SOMETHING", "amount_in_cents": 1}
    with pytest.raises(UnreadableNotice):
        wompi.read_notice({}, resigned(sandbox, event[1], data={"transaction": transaction}))


def test_a_payment_that_is_not_ours_is_accepted_and_names_none(wompi, sandbox, event):
    transaction = json.loads(event[1])["data"]["transaction"] | {"reference": "made at the dashboard, é"}
    notice = wompi.read_notice({}, resigned(sandbox, event[1], data={"transaction": transaction}))
    assert notice.reference == ""


def test_while_the_events_secret_is_changed_both_are_believed(sandbox, event):
    old = sandbox.credentials("wompi")["events_secret"]
    both = Wompi(sandbox.credentials("wompi", events_secret=f"brand_new,{old}"))
    only_new = Wompi(sandbox.credentials("wompi", events_secret="brand_new"))
    assert both.read_notice(*event).reference == "CO0001A1"
    with pytest.raises(ForgedNotice):
        only_new.read_notice(*event)
