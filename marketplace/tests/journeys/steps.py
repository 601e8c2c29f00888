"""What people do, click by click, in a browser without scripts."""

import time

import requests

from marketplace.tests.reader import read
from orders.models import Order
from payments.models import Payment

PATIENCE = 45  # seconds until a worker has surely done its part


def until(question, *, seconds=PATIENCE):
    """Ask again and again until the answer is yes."""
    end = time.monotonic() + seconds
    while not (answer := question()):
        assert time.monotonic() < end, "It did not happen in time"
        time.sleep(0.05)
    return answer


def put_in_cart(visitor, product, quantity=1):
    """Search for it, open it, put it in."""
    visitor.visit("/")
    visitor.send("/search/", {"q": product.name}, field="q")
    visitor.follow(product.get_absolute_url())
    visitor.send("/cart/add/", {"quantity": quantity}, field="quantity")
    assert visitor.path == "/cart/", visitor.path
    assert product.name in visitor.page.text
    return visitor


def check_out(visitor, details, method, **more):
    """From the cart to the page that asks how to pay; the order."""
    visitor.visit("/cart/")
    visitor.follow("/checkout/")
    fields = details if "email" in visitor.form("/checkout/", field="terms").names else {}
    visitor.send("/checkout/", fields | {"method": method, "terms": "on"} | more, field="terms")
    assert visitor.path.startswith("/pay/"), f"{visitor.status}: {visitor.page.text[:3000]}"
    return Order.objects.get(number=visitor.path.split("/")[2])


def pay(visitor, method, **inputs):
    """Choose a way to pay and go on to the page that waits; the attempt."""
    form = visitor.form(field="method")
    values = {"method": method} | {f"{method}-{name}": value for name, value in inputs.items()}
    if f"{method}-accept" in form.names:
        values[f"{method}-accept"] = "on"
    visitor.send(values=values, field="method")
    assert visitor.status == 200, visitor.page.text
    return Payment.objects.get(reference=visitor.path.split("/")[3])


def follow_payment(visitor):
    """Look again, as the page does by itself, until there is a result."""
    visitor.visit(visitor.path)
    until(lambda: visitor.visit(visitor.path).path.endswith("/result/"))
    return visitor


def sent_to(visitor):
    """The company's page to which the wait page leads by itself."""
    return until(lambda: visitor.page.refresh or visitor.visit(visitor.path).page.refresh)


def answer_at_company(url, **answer):
    """Press a button on the company's page; where it sends the browser afterwards."""
    shown = requests.get(url, timeout=10)
    assert shown.status_code == 200 and read(shown.text).forms
    answered = requests.post(url, data=answer, allow_redirects=False, timeout=10)
    return answered.headers["Location"]


def answer_on_phone(sandbox, reference, answer="approve"):
    """Take the buyer's phone and press a button of the prompt for this payment."""

    def prompt():
        page = requests.get(f"{sandbox.url}/phone/", timeout=10).text
        before, found, after = page.partition(reference)
        return read(after).forms[0] if found else None

    form = until(prompt)
    requests.post(sandbox.url + form.action, data={"answer": answer}, timeout=10).raise_for_status()
