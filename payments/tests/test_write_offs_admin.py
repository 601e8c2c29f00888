"""Write-offs as staff see them: what stands in suspense, since when, and the way out by one or two people."""

from dataclasses import replace

import pytest
from django.urls import reverse

from marketplace import markets
from marketplace.accounts.tests.factories import make_user
from payments.models import Account, WriteOff
from payments.tests.test_auditing import spoil
from payments.tests.test_reconciling_twice import held
from payments.tests.test_writing_off import posted

pytestmark = pytest.mark.django_db
LIST = "admin:payments_difference_changelist"


@pytest.fixture(autouse=True)
def low_limit(monkeypatch):
    """Above a thousand pesos two people are needed."""
    monkeypatch.setitem(markets.MARKETS, "co", replace(markets.get("co"), correction_limit=1000))


@pytest.fixture
def desk(client):
    client.cookies["django_language"] = "en"
    client.force_login(make_user("root@example.com", is_staff=True, is_superuser=True))
    return client


def address(difference):
    return reverse("admin:payments_difference_write_off", args=[difference.pk])


def test_the_list_says_what_stands_in_suspense(desk, django_assert_max_num_queries):
    first, second = posted(-900), posted(200, number="C2")
    with django_assert_max_num_queries(20):
        page = desk.get(reverse(LIST)).content.decode()
    assert "In suspense: posted, and neither explained nor written off" in page
    assert "<td>2</td>" in page and "−$" in page and address(first) in page and address(second) in page
    desk.post(address(first), {"reason": "chargeback", "note": "Lost for good"})
    (standing,) = desk.get(reverse(LIST)).context["suspense"]
    assert (standing.count, standing.amount) == (1, 200)
    chosen = desk.get(reverse(LIST), {"posted__startswith": "difference:"})
    assert [row.pk for row in chosen.context["cl"].result_list] == [second.pk]


@pytest.mark.parametrize(("amount", "said"), [(-900, "our cost"), (900, "counts as a gain")])
def test_the_form_says_what_will_happen(desk, amount, said):
    difference = posted(amount)
    page = desk.get(address(difference)).content.decode()
    assert said in page and "900" in page and "1,000" in page
    for wrong in ({"note": "x"}, {"reason": "gift", "note": "x"}, {"reason": "fee", "note": " "}):
        answer = desk.post(address(difference), wrong)
        assert answer.status_code == 422 and answer.context["form"].errors
    done = desk.post(address(difference), {"reason": "fee", "note": "Said on the telephone"}, follow=True)
    assert "Written off." in done.content.decode()
    again = desk.post(address(difference), {"reason": "fee", "note": "twice"}, follow=True)
    assert "Nothing of it is in suspense any more." in again.content.decode()
    assert held(account=Account.FEES) == -amount


def test_much_is_asked_by_one_and_decided_by_another(desk, client):
    difference = posted(-5000)
    sent = {"reason": "tax_withheld", "note": "Certificate 12"}
    assert "second person" in desk.post(address(difference), sent, follow=True).content.decode()
    assert "asked for it" in desk.post(address(difference), sent, follow=True).content.decode()
    page = f"/admin/payments/writeoff/{WriteOff.objects.get().pk}/"
    listed = desk.get(reverse(LIST)).content.decode()
    assert f"{page}change/" in listed and address(difference) not in listed
    assert "somebody else" in desk.post(f"{page}decide/approve/", follow=True).content.decode().lower()
    assert held(account=Account.TAX_WITHHELD) == 0
    client.force_login(make_user("rui@example.com", is_staff=True, is_superuser=True))
    waiting = next(e for e in client.get("/admin/").context["waiting"] if "/writeoff/" in e.url)
    assert waiting.count == client.get(waiting.url).context["cl"].result_count == 1
    shown = client.get(f"{page}decide/approve/").content.decode()
    assert "Certificate 12" in shown and "−$" in shown
    assert client.post(f"{page}decide/decline/", {"words": ""}).status_code == 422
    assert client.post(f"{page}decide/approve/").status_code == 302
    assert held(account=Account.TAX_WITHHELD) == 5000
    assert "/decide/" not in client.get(f"{page}change/").content.decode()


def test_books_that_the_audit_would_blame_can_still_be_looked_at(desk):
    posted(-900)
    spoil("DELETE FROM payments_ledgerentry WHERE kind = 'difference'")
    assert desk.get(reverse(LIST)).context["suspense"][0].amount == 0


def test_who_may_not_move_money_writes_nothing_off(client):
    difference = posted(-900)
    client.force_login(make_user("clerk@example.com", is_staff=True))
    assert client.get(address(difference)).status_code == 403
    assert client.post(address(difference), {"reason": "fee", "note": "mine"}).status_code == 403
    assert not WriteOff.objects.exists()
