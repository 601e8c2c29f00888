"""The button that asks companies for their statement of some days."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from payments.gateways.base import GatewayUnavailable, Misconfigured, NotSent
from payments.gateways.errors import TooMuch
from payments.models import Difference
from payments.reconciliation import fetching, reconciling
from payments.reconciliation.statement_forms import DaysForm


def fetch_one(request: HttpRequest, screen: admin.ModelAdmin) -> HttpResponse:
    """Which company, which days; then the same as with a file."""
    if not screen.has_money_permission(request):  # type: ignore[attr-defined]
        raise PermissionDenied
    form = DaysForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _fetch(request, form):
        return redirect("admin:payments_statement_changelist")
    context: dict[str, Any] = {**screen.admin_site.each_context(request), "form": form, "opts": screen.opts}
    context["title"] = _("Ask a company for its statement")
    status = 422 if request.method == "POST" else 200
    return render(request, "admin/payments/fetch_statement.html", context, status=status)


def _fetch(request: HttpRequest, form: DaysForm) -> bool:
    try:
        statement = fetching.fetch(**form.cleaned_data, by=request.user)  # type: ignore[arg-type]
    except reconciling.AlreadyImported:
        form.add_error(None, _("Nothing new: we have all of these days already."))
        return False
    except fetching.OtherMoney as error:
        text = _("Nothing was imported. A row is about other money than we sell in: %(row)s")
        form.add_error(None, text % {"row": error})
        return False
    except Misconfigured:
        form.add_error("company", _("The company does not accept our keys."))
        return False
    except (GatewayUnavailable, NotSent, TooMuch):
        text = _("The company does not answer, or has more rows than we read at once: ask for fewer days.")
        form.add_error(None, text)
        return False
    text = _("%(count)d rows imported. Differences of this company to explain: %(open)d.")
    open_ones = Difference.objects.filter(company=statement.company, closed_at=None).count()
    messages.success(request, text % {"count": statement.lines_count, "open": open_ones})
    return True
