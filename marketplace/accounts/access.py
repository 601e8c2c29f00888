"""Pages for people who are signed in; an expired session loses neither the page nor the way back."""

from collections.abc import Callable
from functools import wraps
from urllib.parse import urlencode, urlsplit

from django.contrib.auth.views import redirect_to_login
from django.http import HttpResponse
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect

from marketplace.http import Request, wants_fragment

View = Callable[..., HttpResponse]


def sign_in_required(view: View) -> View:
    """Send strangers to sign-in and back; a fragment asks the whole page to go."""

    @wraps(view)
    def guarded(request: Request, *args: object, **kwargs: object) -> HttpResponse:
        if request.user.is_authenticated:
            return view(request, *args, **kwargs)
        if wants_fragment(request):
            page = urlsplit(request.htmx.current_url_abs_path or reverse("home"))
            way_back = urlencode({"next": page.path})
            return HttpResponseClientRedirect(f"{reverse('account_login')}?{way_back}")
        return redirect_to_login(request.get_full_path() if request.method == "GET" else request.path)

    return guarded
