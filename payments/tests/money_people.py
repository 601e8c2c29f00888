"""What the parts of the money machine share: browsers, dice, counters, and how a thing is half done."""

import random
from collections import Counter
from contextlib import suppress
from itertools import count

from django.test import Client

from catalog import stock
from marketplace import markets
from marketplace.lifecycle import IllegalTransition, StaleState
from orders import lifecycle
from orders.checkout import AlreadyPlaced, Contact, EmptyCart, MethodRefused, NotOrderable, PriceChanged
from orders.tests.factories import ADDRESSES
from payments import collecting
from payments.refunds import refunding, requesting, returning
from payments.risk import screening
from payments.tests.killing import Killed, killed_after
from payments.vouchers import cash

EXPECTED = (
    stock.OutOfStock,
    AlreadyPlaced,
    EmptyCart,
    MethodRefused,
    NotOrderable,
    PriceChanged,
    IllegalTransition,
    StaleState,
    lifecycle.BuyerMustConfirm,
    collecting.NotPayable,
    collecting.MethodNotAllowed,
    collecting.AttemptUnderWay,
    collecting.TooManyAttempts,
    collecting.NotCancellable,
    screening.Suspicious,
    refunding.NotRefundable,
    refunding.MoreThanPaid,
    requesting.NotAskable,
    requesting.NothingChosen,
    requesting.AlreadyAsked,
    requesting.WordsMissing,
    returning.AccountNotWanted,
    cash.WrongState,
    cash.ReceiptUsed,
)
checks = Counter()
_addresses = count(1)
_numbers = count(1)


class People:
    """A mixin: those who act, each with a browser and an internet address of their own."""

    def begin_story(self, luck):
        self.dice = random.Random(luck)  # noqa: S311
        self.emails = []

    def browser(self, user=None, *, market_code="", **options):
        number = next(_addresses)
        address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        host = f"{market_code or self.market_code}.localhost"
        client = Client(headers={"host": host}, REMOTE_ADDR=address, **options)
        if user:
            client.force_login(user)
        return client

    def contact(self):
        """Whoever fills a cart has an address that no other cart's shopper has."""
        self.emails.append(f"cart{next(_numbers)}@example.com")
        phone = ADDRESSES[self.market_code]["phone"]
        return Contact(email=self.emails[-1], full_name="Ana Gómez", phone=phone)

    @property
    def other_market(self):
        return next(code for code in markets.MARKETS if code != self.market_code)

    def do(self, kill, action):
        """One thing happens, perhaps only half of it."""
        with suppress(Killed, *EXPECTED), killed_after(kill):
            action()

    def pick(self, model, number, **having):
        rows = model.objects.filter(**having).order_by("pk")
        count = rows.count()
        return rows[number % count] if count else None

    def asked(self, invariant):
        checks[invariant] += 1
