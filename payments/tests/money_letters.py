"""The part of the money machine that reads the mail: who was told of which money, in which words (I-14)."""

import re
import sys
from decimal import Decimal

from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.db.models import Sum
from django.test import override_settings
from django.urls import reverse
from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from marketplace.mailing import delivery
from marketplace.mailing.models import OutgoingMessage
from marketplace.money import Money, format_money
from orders.models import Order, SellerOrder
from payments.models import LedgerEntry, Payment, Payout, Refund
from payments.tests.money_going_out import kills

LEARNED = {"paid": "payout_sent", "failed": "payout_returned", "cancelled": "payout_called_off"}


class RefusingServer(BaseEmailBackend):
    """A mail server that takes nothing."""

    def send_messages(self, email_messages):
        raise ConnectionRefusedError


REFUSING = override_settings(EMAIL_BACKEND=f"{__name__}.RefusingServer")
TAKING = override_settings(EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend")


class Letters:
    """A mixin. Nothing leaves with the transaction that owes it, as if every worker died right then:
    the clock's sweeper sends it later, or finds the server refusing.
    """

    def open_letter_box(self):
        self.first_letter = len(mail.outbox)

    @rule(kill=kills, refuses=st.booleans())
    def clock_sweeps_the_mail(self, kill, refuses):
        self.do(kill, lambda: self._sweep(REFUSING if refuses else TAKING))

    def _sweep(self, server):
        waiting = OutgoingMessage.objects.filter(sent_at=None)
        waiting.update(next_try_at=timezone.now(), attempts=0)  # time passes, and nobody gives up
        with server:
            for number in OutgoingMessage.objects.due().values_list("pk", flat=True):
                delivery.deliver(number)

    def everything_leaves(self):
        """The end of a story: the server takes mail again, and every letter has left."""
        if sys.exc_info()[0] is None:
            self._sweep(TAKING)
            assert not OutgoingMessage.objects.filter(sent_at=None).exists()
            self._sent_letters_have_left()

    @invariant()
    def everybody_was_told(self):
        self.asked("I-14")
        rows = OutgoingMessage.objects.filter(kind="email").order_by("pk")
        letters = {}
        for row in rows.only("template", "about", "recipient", "language", "text"):
            letters.setdefault((row.template.rpartition("/")[2], row.about), []).append(row)
        owed = [*self._owed_to_buyers(), *self._owed_for_refunds(), *self._owed_to_owners()]
        for templates, about, money, reader, language, _page in owed:
            found = [each for name in templates for each in letters.get((name, about), [])]
            told = [each for each in found if (each.recipient, each.language) == (reader, language)]
            assert told, f"{reader} was not told of {about}: {templates}"
            assert all(_reads(each.text, money, language) for each in told), f"{about}: {told[0].text}"
        self._sent_letters_have_left()
        if owed and self.dice.random() < 0.3:
            self._page_reads_the_same(*self.dice.choice(owed))

    def _sent_letters_have_left(self):
        sent = OutgoingMessage.objects.filter(kind="email", sent_at__isnull=False)
        left = {(each.to[0], each.subject) for each in mail.outbox[self.first_letter :]}
        lost = set(sent.values_list("recipient", "subject")) - left
        assert not lost, f"called sent, and no server has it: {lost}"

    def _page_reads_the_same(self, _templates, about, money, _reader, language, page):
        """The page a letter leads to, in its language, shows its figure, less what was given back since."""
        money = page.get("money", money)
        browser = self.browser(page.get("user"))
        browser.cookies["django_language"] = language
        answer = browser.get(page["address"], follow=True)
        assert answer.status_code == 200
        assert _reads(answer.content.decode(), money, language), f"{page['address']}: {about} {money}"

    def _owed_to_buyers(self):
        for order in Order.objects.filter(paid_at__isnull=False):
            page = {"address": order.get_absolute_url()}
            money = Money(order.total, order.currency)
            yield ("receipt", "held"), order.number, money, order.email, order.language, page
        confirmed = SellerOrder.objects.filter(confirmed_at__isnull=False).select_related("order")
        for part in confirmed.annotate(given_back=Sum("refunds__seller_amount", default=Decimal(0))):
            money = Money(part.earnings, part.order.currency)
            page = {
                "address": reverse("orders_seller:show_order", args=[part.pk]),
                "user": self.owners[part.seller_id],
                "money": money - Money(part.given_back, part.order.currency),
            }
            yield ("new_order",), part.number, money, *self._owner(part.seller_id), page
        refused = Payment.objects.filter(status="failed", order__status="pending")
        refused = refused.exclude(events__kind="seen")  # who has read it on the page is not written to
        # Later ones may have come when the order's time was over.
        for payment in refused.filter(settled_at__lte=self.now).select_related("order"):
            order, page = payment.order, {"address": payment.order.get_absolute_url()}
            yield ("failed",), payment.reference, payment.money, order.email, order.language, page

    def _owed_for_refunds(self):
        for refund in Refund.objects.select_related("order"):
            order, page = refund.order, {"address": reverse("payments:show_refund", args=[refund.secret])}
            told = (refund.number, refund.money, order.email, order.language, page)
            yield ("surplus" if refund.kind == "surplus" else "refund_approved",), *told
            if refund.status == "succeeded":
                yield ("refund_sent",), *told

    def _owed_to_owners(self):
        for payout in Payout.objects.filter(status__in=LEARNED):
            address = reverse("payments_seller:show_payout", args=[payout.reference])
            page = {"address": address, "user": self.owners[payout.seller_id]}
            template = (LEARNED[payout.status],)
            yield template, payout.reference, payout.money, *self._owner(payout.seller_id), page
        corrections = LedgerEntry.objects.filter(kind="adjustment", account="adjustments", by__isnull=False)
        for entry in corrections:
            money = Money(abs(entry.amount), entry.currency)
            page = {
                "address": reverse("payments_seller:show_balance"),
                "user": self.owners[entry.seller_id],
            }
            yield ("balance_corrected",), entry.source, money, *self._owner(entry.seller_id), page

    def _owner(self, seller_id):
        user = self.owners[seller_id]
        return user.email, user.language or self.sellers[0].market.language


def _reads(text, money, language):
    """The figure stands there as the language writes it, and not as the tail of a larger one."""
    shown = re.escape(format_money(money, language))
    return re.search(rf"(?<![\d.,\N{{NO-BREAK SPACE}}]){shown}(?![\d])", text.replace("&nbsp;", "\xa0"))
