"""One number a day and company: how much of what moved is explained, and what is not."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from marketplace.accounts.tests.factories import make_user
from payments.models import Payment
from payments.reconciliation import differences
from payments.tests.test_reconciling import bring, open_differences, row, sold
from payments.tests.test_reconciling_twice import line

pytestmark = pytest.mark.django_db


def figures(company="wompi"):
    return differences.figures(company, last=timezone.localdate() + timedelta(days=1))


def sold_days_ago(days):
    payment = sold()
    moment = payment.settled_at - timedelta(days=days)
    Payment.objects.filter(pk=payment.pk).update(settled_at=moment)
    payment.refresh_from_db()
    return payment


def test_a_day_is_explained_by_the_share_of_what_is_closed():
    payment, _ = sold(), sold()
    bring(row(payment), "payment,1,PX,100,0,COP," + timezone.now().isoformat())
    (figure,) = figures()
    assert (figure.total, figure.unexplained) == (3, 2)
    assert round(figure.explained, 2) == Decimal("0.33")
    by = make_user("finance@example.com")
    for difference in open_differences():
        differences.close(difference.pk, note="explained", post=False, by=by)
    assert figures()[0].explained == 1


def test_a_day_of_sales_without_a_statement_is_not_explained_at_all(client):
    old, older = sold_days_ago(2), sold_days_ago(3)
    sold()  # today's statement may still come
    bring(row(older))
    assert [(each.has_statement, each.percent, each.total) for each in figures()] == [
        (False, 0, 1),
        (True, 100, 1),
    ]
    client.force_login(make_user("root@example.com", is_staff=True, is_superuser=True))
    client.cookies["django_language"] = "en"
    page = client.get(reverse("admin:payments_statement_changelist")).content.decode()
    assert "No statement of this day" in page
    bring(row(old))
    assert [each.percent for each in figures()] == [100, 100]


def test_a_day_that_a_statement_covers_without_showing_it_has_its_differences():
    first, silent, last = sold_days_ago(4), sold_days_ago(3), sold_days_ago(2)
    bring(row(first), row(last))
    assert [(each.has_statement, each.unexplained) for each in figures()] == [(True, 0), (True, 1), (True, 0)]
    assert open_differences()[0].payment == silent


def test_a_long_statement_costs_as_few_questions_as_a_short_one(django_assert_max_num_queries):
    with django_assert_max_num_queries(32):
        bring(*[line("payment", f"T{number}", number + 1) for number in range(40)])
    assert len(open_differences()) == 40
