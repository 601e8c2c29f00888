"""From the search field to money on the seller's phone or bank account, over HTTP and without scripts."""

from datetime import timedelta

import pytest
from django.db.models import Sum
from django.utils import timezone

from catalog.models import StockItem
from marketplace.accounts.tests.factories import make_address, make_user
from marketplace.mailing.models import OutgoingMessage
from marketplace.tests.journeys import steps
from marketplace.tests.visitor import Visitor
from orders.models import Cart, Order, OrderStatus, SellerOrderStatus
from payments import polling
from payments.books import ledger
from payments.disbursement import payouts
from payments.models import Account, LedgerEntry, Payment, PaymentStatus, Payout, PayoutStatus

pytestmark = pytest.mark.django_db(transaction=True)


def stock_of(product):
    found = StockItem.objects.filter(variant__product=product)
    return found.aggregate(on_hand=Sum("on_hand"), reserved=Sum("reserved"))


def mails(template, to):
    return list(OutgoingMessage.objects.filter(template=template, recipient=to).order_by("pk"))


def send_parcel(world, part):
    """The owner signs in, finds the order and sends it."""
    owner = world.owners[[seller.pk for seller in world.sellers].index(part.seller_id)]
    portal = Visitor(world.code).sign_in(owner)
    portal.visit("/sell/").follow("/sell/orders/")
    portal.follow(f"/sell/orders/{part.pk}/")
    portal.send("/confirm/").send("/ship/", {"carrier": "Correios", "tracking_number": "CM123"})
    part.refresh_from_db()
    assert (part.status, part.tracking_number) == (SellerOrderStatus.SHIPPED, "CM123")
    return portal


def pass_the_hold(market):
    """The clock's work when the hold is over, until the rail has answered."""
    later = timezone.now() + payouts.hold(market) + timedelta(minutes=1)
    payouts.release_due(later)
    payouts.pay_all(later)

    def settled():
        payouts.follow_up_all(timezone.now() + timedelta(hours=1))
        return not Payout.objects.exclude(status=PayoutStatus.PAID).exists()

    steps.until(settled)


def assert_books_are_right(world, order):
    """Every movement sums to zero; each seller has what is left after commission and the tax on it."""
    movements = LedgerEntry.objects.values("movement").annotate(sum=Sum("amount"))
    assert {row["sum"] for row in movements.order_by()} == {0}
    for part in order.seller_orders.all():
        paid = Payout.objects.get(seller=part.seller)
        assert paid.amount == part.total - part.commission - part.commission_tax
        for account in (Account.SELLER_HELD, Account.SELLER_AVAILABLE, Account.SELLER_IN_TRANSIT):
            assert not ledger.balance(account, seller=part.seller, currency=order.currency).amount
    kept = sum((part.commission + part.commission_tax for part in order.seller_orders.all()), 0)
    assert ledger.balance(Account.GATEWAY, currency=order.currency).amount == kept


def finish(world, buyer, order):
    """Ship, receive, hold, pay out."""
    for part in order.seller_orders.all():
        send_parcel(world, part)
    for part in order.seller_orders.all():
        buyer.visit(f"/orders/{order.number}/")
        buyer.send(f"/received/{part.pk}/")
    order.refresh_from_db()
    assert order.status == OrderStatus.COMPLETED
    pass_the_hold(world.market)
    assert_books_are_right(world, order)


def test_a_guest_buys_tomatoes_with_mpesa_and_the_farm_is_paid(mz, companies):
    tomatoes = mz.products[0]
    guest = Visitor("mz")
    steps.put_in_cart(guest, tomatoes, 3)

    order = steps.check_out(guest, mz.details, "mpesa")
    assert stock_of(tomatoes) == {"on_hand": 10, "reserved": 3}
    steps.pay(guest, "mpesa", phone="84 123 4512")
    steps.follow_payment(guest)

    order.refresh_from_db()
    assert (order.status, order.language) == (OrderStatus.PAID, "pt")
    assert stock_of(tomatoes) == {"on_hand": 7, "reserved": 0}
    finish(mz, guest, order)
    payout = Payout.objects.get()
    arrived = [each for each in companies.kept("mpesa") if each["reference"] == payout.reference]
    assert len(arrived) == 1 and companies.calls("POST /ipg/v1x/b2cPayment") == 1
    (receipt,) = mails("orders/receipt", mz.details["email"])
    assert (receipt.language, receipt.html.count("610,00") > 0) == ("pt", True)
    assert order.number in receipt.subject and "610,00" in receipt.text
    for template in ("placed", "shipped", "delivered"):
        (mail,) = mails(f"orders/{template}", mz.details["email"])
        assert mail.language == "pt" and order.number in mail.subject + mail.text and mail.html
    (told,) = mails("orders/new_order", mz.owners[0].email)
    assert told.language == mz.owners[0].language and tomatoes.name in told.text
    assert len(mails("payments/payout_sent", mz.owners[0].email)) == 1
    steps.until(lambda: not OutgoingMessage.objects.filter(sent_at=None).exists())
    balance = Visitor("mz").sign_in(mz.owners[0]).visit("/sell/payouts/")
    assert payout.reference in balance.html


def by_nequi(guest, companies):
    payment = steps.pay(guest, "nequi", phone="300 123 4567")
    steps.answer_on_phone(companies, payment.reference)
    companies.deliver(guest.client)


def by_pse(guest, companies):
    inputs = {"bank": "1007", "user_type": "0", "document_type": "CC", "document_number": "1020304050"}
    steps.pay(guest, "pse", **inputs)
    guest.visit(steps.answer_at_company(steps.sent_to(guest), answer="approve"))


def by_card_token(guest, companies, *, events=1):
    steps.pay(guest, "card", token=companies.card_token(), installments="12")
    companies.deliver(guest.client, at_least=events)


def by_hosted_checkout(guest, companies):
    steps.pay(guest, "card")
    guest.visit(steps.answer_at_company(steps.sent_to(guest), method="CARD", answer="approve"))


@pytest.mark.parametrize(
    ("method", "way"),
    [("nequi", by_nequi), ("pse", by_pse), ("card", by_card_token), ("card", by_hosted_checkout)],
    ids=["nequi", "pse", "card", "hosted card"],
)
def test_a_guest_buys_a_backpack_and_the_store_is_paid(co, companies, method, way):
    backpack = co.products[0]
    guest = Visitor("co", language="en")
    steps.put_in_cart(guest, backpack)
    order = steps.check_out(guest, co.details, method)
    assert order.total == 189000 + 15000

    way(guest, companies)
    steps.follow_payment(guest)

    order.refresh_from_db()
    assert (order.status, order.language) == (OrderStatus.PAID, "en")
    assert stock_of(backpack) == {"on_hand": 9, "reserved": 0}
    (receipt,) = mails("orders/receipt", co.details["email"])
    assert receipt.language == "en" and "204" in receipt.text
    finish(co, guest, order)
    rows = [row for row in companies.kept("rows") if row["reference"] == Payout.objects.get().reference]
    assert len(rows) == 1


@pytest.mark.parametrize("code", ["mz", "co"])
def test_a_shopper_with_an_account_buys_from_three_stores_at_once(code, request, companies):
    world = request.getfixturevalue(code)
    ana = make_user("joana@example.com", market_code=code)
    make_address(ana, market_code=code)
    buyer = Visitor(code)
    steps.put_in_cart(buyer, world.products[0], 2)
    buyer.sign_in(ana)
    for product in world.products[1:]:
        steps.put_in_cart(buyer, product)
    assert Cart.objects.get(user=ana).lines.count() == 3 and not Cart.objects.filter(user=None).exists()

    method = world.market.payment_methods[0].code
    order = steps.check_out(buyer, world.details, method)
    assert (order.user, order.seller_orders.count()) == (ana, 3)
    if code == "mz":
        steps.pay(buyer, "mpesa", phone="84 123 4512")
    else:
        by_nequi(buyer, companies)
    steps.follow_payment(buyer)

    order.refresh_from_db()
    assert order.status == OrderStatus.PAID
    assert buyer.visit("/orders/").html.count(order.number)
    finish(world, buyer, order)
    assert Payout.objects.count() == 3


def test_a_refused_payment_is_followed_by_another_way(mz, companies):
    guest = Visitor("mz")
    steps.put_in_cart(guest, mz.products[1])
    order = steps.check_out(guest, mz.details, "mpesa")
    steps.pay(guest, "mpesa", phone="84 123 4581")
    steps.follow_payment(guest)
    assert not LedgerEntry.objects.exists()
    assert stock_of(mz.products[1])["reserved"] == 1

    guest.follow(f"/pay/{order.number}/")
    steps.pay(guest, "mpesa", phone="84 123 4512")
    steps.follow_payment(guest)

    order.refresh_from_db()
    assert order.status == OrderStatus.PAID
    assert sorted(Payment.objects.values_list("status", flat=True)) == ["failed", "succeeded"]


def test_a_nequi_refused_on_the_phone_is_followed_by_a_card(co, companies):
    guest = Visitor("co")
    steps.put_in_cart(guest, co.products[1])
    order = steps.check_out(guest, co.details, "nequi")
    payment = steps.pay(guest, "nequi", phone="300 123 4567")
    steps.answer_on_phone(companies, payment.reference, "refuse")
    companies.deliver(guest.client)
    steps.follow_payment(guest)

    guest.follow(f"/pay/{order.number}/")
    by_card_token(guest, companies, events=2)
    steps.follow_payment(guest)

    order.refresh_from_db()
    assert order.status == OrderStatus.PAID
    assert Payment.objects.get(status=PaymentStatus.SUCCEEDED).method == "card"


@pytest.mark.parametrize("code", ["mz", "co"])
def test_an_order_nobody_pays_expires_and_frees_the_stock(code, request, companies):
    world = request.getfixturevalue(code)
    product = world.products[0]
    guest = Visitor(code)
    steps.put_in_cart(guest, product, 10)
    order = steps.check_out(guest, world.details, world.market.payment_methods[0].code)
    other = Visitor(code)
    other.visit(product.get_absolute_url())
    assert not any("/cart/add/" in form.action and form.buttons for form in other.page.forms)

    polling.expire_overdue(order.expires_at + timedelta(minutes=20))

    order.refresh_from_db()
    assert order.status == OrderStatus.EXPIRED
    assert stock_of(product) == {"on_hand": 10, "reserved": 0}
    assert len(mails("orders/expired", world.details["email"])) == 1
    guest.visit(f"/pay/{order.number}/")
    assert not any("method" in form.names for form in guest.page.forms)
    steps.put_in_cart(other, product, 10)
    assert Order.objects.count() == 1
