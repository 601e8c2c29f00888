"""A country with something on every page, and the addresses of its main pages."""

from catalog.tests.factories import make_photo, make_review
from marketplace.accounts.tests.factories import make_address
from marketplace.tests.journeys import world
from orders.tests.factories import make_cart, make_order
from payments.disbursement import payouts
from payments.settling import settle
from payments.tests.factories import failed, make_available, make_document, make_payment, paid
from payments.tests.requests import make_part, make_request


class Country:
    """Three stores with goods, orders in several states, money on its way."""

    def __init__(self, code):
        self.world = built = world.build(code)
        for product in built.products:
            make_photo(product)
            make_review(product, rating=4)
        self.owner = built.owners[0]
        make_address(self.owner, market_code=code)
        make_cart(*built.products, user=self.owner)
        self.waiting, self.refused = (make_order(each, user=self.owner) for each in built.products[1:])
        make_payment(self.waiting)
        self.attempt = make_payment(self.refused)
        settle(self.attempt.pk, failed())
        self.paid = make_order(built.products[0], user=self.owner)
        self.payment = make_payment(self.paid)
        settle(self.payment.pk, paid(self.payment))
        self.asked = make_request(
            make_part(seller=built.sellers[0], prices=(900 if code == "mz" else 20000,), user=self.owner)
        )
        make_available(built.sellers[0], price=5000 if code == "mz" else 90000)
        self.payout = payouts.pay_available(built.sellers[0].pk)
        self.document = make_document(built.sellers[0])

    def for_guests(self):
        product = self.world.products[0]
        return {
            "home": "/",
            "category": f"/c/{product.category.slug}/",
            "search": "/search/?q=m",
            "nothing found": "/search/?q=xyzzy",
            "product": product.get_absolute_url(),
            "store": f"/stores/{product.seller.slug}/",
            "stores": "/stores/",
            "empty cart": "/cart/",
            "sign in": "/accounts/login/",
            "sign up": "/accounts/signup/",
            "apply": "/sell/apply/",
            "help": "/help/",
            "not found": "/nowhere/",
        }

    def for_members(self):
        wait = f"/pay/{self.waiting.number}/{self.waiting.payments.get().reference}/"
        part = self.paid.seller_orders.get()
        return {
            "cart": "/cart/",
            "checkout": "/checkout/",
            "pay": f"/pay/{self.refused.number}/",
            "wait": wait,
            "paid": f"/pay/{self.paid.number}/{self.payment.reference}/result/",
            "refused": f"/pay/{self.refused.number}/{self.attempt.reference}/result/",
            "order": f"/orders/{self.paid.number}/",
            "orders": "/orders/",
            "ask for money back": f"/refund-requests/new/{part.pk}/",
            "refund request": f"/refund-requests/{self.asked.number}/",
            "request to answer": f"/sell/requests/{self.asked.number}/",
            "account": "/account/",
            "addresses": "/account/addresses/",
            "security": "/account/security/",
            "dashboard": "/sell/",
            "products": "/sell/products/",
            "new product": "/sell/products/new/",
            "product of mine": f"/sell/products/{self.world.products[0].pk}/",
            "orders to send": "/sell/orders/",
            "order to send": f"/sell/orders/{part.pk}/",
            "balance": "/sell/balance/",
            "commission document": f"/sell/balance/documents/{self.document.number}/",
            "payouts": "/sell/payouts/",
            "payout": f"/sell/payouts/{self.payout.reference}/",
            "delivery": "/sell/delivery/",
            "hours": "/sell/hours/",
        }
