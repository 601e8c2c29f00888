"""A buyer at the pretend PayU: charges as the shop asks for them, and what is done on PayU's pages."""

import requests

from marketplace.money import Money
from payments.tests.charges import make_charge

REFERENCE = "CO0001A1"
PLACE = {
    "city": "Bogotá",
    "region": "Bogotá D.C.",
    "street": "Calle 72 # 10-34",
    "language": "es",
    "description": "MeStore ORD-1",
    "notify_url": "http://co.localhost:8000/webhooks/payu/",
    "user_agent": "Mozilla/5.0",
    "tax_base": Money(100000, "COP"),
}


def charge(method="card", **changes):
    usual = {"inputs": {"bank": "1022", "user_type": "0"}} if method == "pse" else {}
    return make_charge(method, **PLACE | usual | changes)


def open_page(payu, **changes):
    """The buyer's browser sends the form; answers the address of PayU's page."""
    asked = charge(**changes)
    started = payu.start(asked)
    answer = requests.post(started.step.url, data=payu.form_fields(asked), allow_redirects=False, timeout=5)
    assert answer.status_code == 302, answer.text
    return started.step.url.removesuffix("/payu/checkout/") + answer.headers["Location"]


def pay(page, answer, **typed):
    data = {"card": "4097440000000004", "answer": answer} | typed
    return requests.post(page, data=data, allow_redirects=False, timeout=5)


def counter(sandbox, number, answer):
    requests.post(f"{sandbox.url}/payu/efecty/", data={"number": number, "answer": answer}, timeout=5)
