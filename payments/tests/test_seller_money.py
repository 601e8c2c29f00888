"""What sellers see of their money, and that nobody else sees it."""

import pytest
from django.test import Client
from django.urls import reverse

from marketplace.accounts.tests.factories import make_user
from payments.disbursement import payouts, sending
from payments.earnings import balances, waiting_money
from payments.gateways.base import Outcome, State
from payments.models import Payout, PayoutStatus
from payments.refunds import requesting
from payments.risk import screening_decisions
from payments.tests.factories import make_available, make_destination, make_sale
from payments.tests.refunds import give_back, part_of
from payments.tests.requests import make_request
from sellers.models import Member, MemberRole
from sellers.tests.factories import make_seller

pytestmark = pytest.mark.django_db

HOST = {"host": "co.localhost"}
BALANCE = reverse("payments_seller:show_balance")
PAYOUTS = reverse("payments_seller:list_payouts")
TILE = reverse("payments_seller:tile")


@pytest.fixture
def bento():
    seller = make_seller(business_name="Bento")
    make_destination(seller)
    return seller


def portal(user):
    client = Client(headers=HOST)
    client.force_login(user)
    return client


def owner(seller):
    return seller.members.get(role=MemberRole.OWNER).user


def payout_url(payout):
    return reverse("payments_seller:show_payout", args=[payout.reference])


def test_the_four_figures_come_from_the_ledger(bento):
    sale = make_sale(bento)
    available = make_available(bento, price=30_000)
    context = portal(owner(bento)).get(BALANCE).context
    balance = context["balance"]
    assert balance.held == sale.seller_orders.get().earnings
    assert balance.available == available.earnings
    assert (balance.in_transit, balance.paid) == (0, 0)

    payout = payouts.pay_available(bento.pk)
    Payout.objects.update(status=PayoutStatus.SENDING)
    balance = portal(owner(bento)).get(BALANCE).context["balance"]
    assert (balance.available, balance.in_transit) == (0, payout.amount)
    sending.apply(payout.pk, Outcome(state=State.PAID))
    balance = portal(owner(bento)).get(BALANCE).context["balance"]
    assert (balance.in_transit, balance.paid) == (0, payout.amount)


def test_every_line_opens_to_its_order_commission_and_tax(bento):
    part = make_available(bento)
    payout = payouts.pay_available(bento.pk)
    html = portal(owner(bento)).get(BALANCE).content.decode()
    assert part.number in html
    assert payout_url(payout) in html
    assert reverse("orders_seller:show_order", args=[part.pk]) in html
    for amount in (part.commission, part.commission_tax):
        assert f"{amount:,.0f}".replace(",", ".") in html


def test_a_store_without_sales_sees_an_explanation(bento):
    response = portal(owner(bento)).get(BALANCE)
    assert response.status_code == 200
    assert portal(owner(bento)).get(PAYOUTS).status_code == 200


def test_a_store_without_an_account_is_asked_for_one():
    seller = make_seller()
    html = portal(owner(seller)).get(BALANCE).content.decode()
    assert reverse("sellers:edit_payout_destination") in html


def test_a_payout_shows_what_it_pays(bento):
    part = make_available(bento)
    payout = payouts.pay_available(bento.pk)
    html = portal(owner(bento)).get(payout_url(payout)).content.decode()
    assert part.number in html
    assert "12345678901" not in html  # the account is shown masked
    assert payout.reference in portal(owner(bento)).get(PAYOUTS).content.decode()


def test_another_sellers_payout_does_not_exist(bento):
    make_available(bento)
    payout = payouts.pay_available(bento.pk)
    davi = portal(owner(make_seller(business_name="Davi")))
    assert davi.get(payout_url(payout)).status_code == 404
    assert payout.reference not in davi.get(PAYOUTS).content.decode()
    assert "Bento" not in davi.get(BALANCE).content.decode()


@pytest.mark.parametrize("page", [BALANCE, PAYOUTS, TILE])
def test_people_without_a_store_do_not_find_the_pages(page):
    assert portal(make_user()).get(page).status_code == 404
    assert Client(headers=HOST).get(page).status_code == 302


@pytest.mark.parametrize(("role", "status"), [(MemberRole.MANAGER, 200), (MemberRole.STAFF, 403)])
def test_managers_see_money_and_staff_do_not(bento, role, status):
    make_available(bento)
    payout = payouts.pay_available(bento.pk)
    carla = make_user("carla@example.com")
    Member.objects.create(seller=bento, user=carla, role=role)
    for page in (BALANCE, PAYOUTS, payout_url(payout)):
        assert portal(carla).get(page).status_code == status
    tile = portal(carla).get(TILE)
    assert tile.status_code == 200
    assert ("tile__value" in tile.content.decode()) == (status == 200)


def test_the_pages_of_the_other_country_do_not_show_this_store(bento):
    user = owner(bento)
    client = Client(headers={"host": "mz.localhost"})
    client.force_login(user)
    assert client.get(BALANCE).status_code == 404


@pytest.mark.parametrize("page", ["0", "-1", "zz", "99999999999999999999", "\x00"])
def test_strange_page_numbers_are_no_error(bento, page):
    make_sale(bento)
    assert portal(owner(bento)).get(BALANCE, {"page": page}).status_code == 200
    assert portal(owner(bento)).get(PAYOUTS, {"page": page}).status_code == 200


@pytest.mark.parametrize("sales", [1, 3])
def test_the_statement_costs_the_same_for_one_order_and_for_many(bento, sales, django_assert_max_num_queries):
    for _ in range(sales):
        make_available(bento)
    client = portal(owner(bento))
    client.get(BALANCE)
    with django_assert_max_num_queries(20):
        client.get(BALANCE)


@pytest.mark.parametrize("page", [BALANCE, PAYOUTS, TILE])
def test_nothing_here_can_be_posted(bento, page):
    assert portal(owner(bento)).post(page).status_code == 405


class TestWhatIsHeldForADecision:
    """Of held money the page says why it is not here yet, with a link to each order."""

    @pytest.fixture
    def page(self, bento, settings):
        asked = make_request(part_of(make_sale(bento, quantity=2)))
        plain = part_of(make_sale(bento))
        settings.SCREENING_REVIEW = 0
        checked = part_of(make_sale(bento))
        settings.SCREENING_REVIEW = 60
        self.asked, self.plain, self.checked = asked, plain, checked
        return lambda: portal(owner(bento)).get(BALANCE)

    def test_each_part_of_it_has_its_reason_and_its_order(self, bento, page):
        make_available(bento)  # what is not held any more
        shown = page()
        waiting, html = shown.context["waiting"], shown.content.decode()
        assert (waiting.asked_back, waiting.checked) == (
            self.asked.seller_order.earnings,
            self.checked.earnings,
        )
        assert [each.part_id for each in waiting.orders] == [self.asked.seller_order_id, self.checked.pk]
        block = html.partition('id="waiting"')[2].partition("</section>")[0]
        for part in (self.asked.seller_order, self.checked):
            assert reverse("orders_seller:show_order", args=[part.pk]) in block
        assert reverse("payments_seller:show_request", args=[self.asked.number]) in block
        assert self.plain.number not in block
        assert shown.context["held_otherwise"] == self.plain.earnings

    def test_what_was_given_back_or_decided_is_not_held_any_more(self, bento, page):
        part = self.asked.seller_order
        give_back(part, {part.lines.get().pk: 1})
        context = page().context
        assert context["waiting"].asked_back == balances.balance_of(bento).held - sum(
            each.earnings for each in (self.plain, self.checked)
        )
        requesting.withdraw(self.asked, by=None)
        screening_decisions.clear(self.checked.order, by=make_user(is_staff=True))
        context = page().context
        assert (context["waiting"].total, context["waiting"].orders) == (0, [])
        assert context["held_otherwise"] == balances.balance_of(bento).held
        assert 'id="waiting"' not in page().content.decode()

    def test_another_stores_waiting_orders_are_not_shown(self, page):
        davi = portal(owner(make_seller(business_name="Davi"))).get(BALANCE)
        assert davi.context["waiting"].orders == []

    def test_many_orders_are_counted_whole_and_shown_in_part(self, bento, page, monkeypatch):
        monkeypatch.setattr(waiting_money, "SHOWN", 1)
        waiting = page().context["waiting"]
        assert (len(waiting.orders), waiting.more) == (1, 1)
        assert waiting.total == self.asked.seller_order.earnings + self.checked.earnings
