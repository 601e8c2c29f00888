"""How allauth speaks with this project: whose names, whose mails, which phones."""

import time
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language, gettext

from marketplace import mail, sms
from marketplace.accounts import languages, security
from marketplace.accounts.models import SecurityEvent, User
from marketplace.accounts.phones import PhoneField
from marketplace.markets.base import Market

TERMS_VERSION = "2026-11"
PHONE_STAGE = "allauth.account.stages.PhoneVerificationStage"


class AccountAdapter(DefaultAccountAdapter):
    def _market(self) -> Market:
        return self.request.market

    def get_login_stages(self) -> list[str]:
        """A new phone is confirmed from the profile; it does not stand between a person and the shop."""
        return [stage for stage in super().get_login_stages() if stage != PHONE_STAGE]

    def save_user(self, request: HttpRequest, user: User, form: forms.Form, commit: bool = True) -> User:
        user.language = get_language() or ""
        user.market_code = self._market().code
        user.terms_version = TERMS_VERSION
        user.terms_accepted_at = timezone.now()
        return super().save_user(request, user, form, commit)

    def is_reauthentication_required(self, *, app: str, **details: Any) -> bool:
        """A password entered within the last fifteen minutes is fresh, at sign-in too (CF-07)."""
        records = get_authentication_records(self.request, self.request.user)
        is_fresh = records and time.time() - records[-1]["at"] < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT
        return not is_fresh and super().is_reauthentication_required(app=app, **details)

    def is_safe_url(self, url: str) -> bool:
        """Only back into the site the person is on."""
        return url_has_allowed_host_and_scheme(
            url, allowed_hosts={self.request.get_host()}, require_https=self.request.is_secure()
        )

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("accounts:profile")

    def login(self, request: HttpRequest, user: User) -> None:
        super().login(request, user)
        if user.is_staff:
            request.session.set_expiry(settings.STAFF_SESSION_AGE)

    # What happened, for the owner and for staff.

    def post_login(self, request: HttpRequest, user: User, **details: Any) -> HttpResponse:
        security.record(request, SecurityEvent.Kind.SIGNED_IN, user)
        response = super().post_login(request, user, **details)
        chosen_here = settings.LANGUAGE_COOKIE_NAME in request.COOKIES
        if not chosen_here and user.language in self._market().languages:
            languages.remember(response, user.language)
        return response

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        user = User.objects.filter(email=credentials.get("email", "")).first()
        security.record(request, SecurityEvent.Kind.SIGN_IN_FAILED, user)

    def set_password(self, user: User, password: str) -> None:
        super().set_password(user, password)
        security.record(self.request, SecurityEvent.Kind.PASSWORD_CHANGED, user)

    # Messages: through our own mail, in the language of the page that caused them.

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        if template_prefix == "account/email/email_changed":
            security.record(self.request, SecurityEvent.Kind.EMAIL_CHANGED, self._signed_in())
        mail.send(
            template=f"account/{template_prefix.rsplit('/', 1)[-1]}",
            to=email,
            language=get_language() or "",
            market=self._market(),
            context=context,
        )

    def _signed_in(self) -> User | None:
        return self.request.user if self.request.user.is_authenticated else None

    # Telephones: never used to sign in, so two people may share one.

    def phone_form_field(self, **kwargs: Any) -> PhoneField:
        return PhoneField(market=self._market(), **kwargs)

    def get_phone(self, user: User) -> tuple[str, bool] | None:
        return (user.phone, user.phone_verified_at is not None) if user.phone else None

    def set_phone(self, user: User, phone: str, verified: bool) -> None:
        user.phone = phone
        user.phone_verified_at = timezone.now() if verified else None
        user.save(update_fields=["phone", "phone_verified_at", "updated_at"])

    def set_phone_verified(self, user: User, phone: str) -> None:
        self.set_phone(user, phone, True)
        security.record(self.request, SecurityEvent.Kind.PHONE_VERIFIED, user)

    def get_user_by_phone(self, phone: str) -> User | None:
        return None

    def send_verification_code_sms(self, user: User, phone: str, code: str, **kwargs: Any) -> None:
        text = gettext("%(code)s is your %(site)s code. Share it with nobody.") % {
            "code": code,
            "site": self._market().name,
        }
        sms.send(phone, text, market_code=self._market().code, language=get_language() or "")

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        message_context: dict[str, Any] | None = None,
        extra_tags: str = "",
        message: str | None = None,
    ) -> None:
        """The page itself says that a code was sent; greeting people at sign-in is noise."""
        if message_template in QUIET:
            return
        super().add_message(request, level, message_template, message_context, extra_tags, message)


QUIET = frozenset(
    f"account/messages/{name}.txt"
    for name in ("email_confirmation_sent", "logged_in", "login_code_sent", "phone_verification_sent")
)
