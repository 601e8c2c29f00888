"""People in the back office: look, switch off and on; who they are is theirs to change."""

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from marketplace.accounts.models import Address, SecurityEvent, User
from marketplace.back_office import NoBirthNoDeath, ReadOnly

POWERS = ("is_staff", "is_superuser", "groups", "user_permissions")


class AddressInline(ReadOnly, admin.StackedInline):
    model = Address
    extra = 0


class SecurityEventInline(ReadOnly, admin.TabularInline):
    model = SecurityEvent
    extra = 0
    max_num = 0
    fields = ("created_at", "kind", "ip", "agent")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[SecurityEvent]:
        return super().get_queryset(request).order_by("-created_at")


@admin.register(User)
class UserAdmin(NoBirthNoDeath, admin.ModelAdmin):
    list_display = ("email", "whole_name", "phone", "market_code", "is_active", "is_staff", "created_at")
    list_filter = ("market_code", "is_active", "is_staff", "groups", "created_at")
    search_fields = ("email", "first_name", "last_name", "phone")
    ordering = ("-created_at",)
    filter_horizontal = ("groups", "user_permissions")
    inlines = (AddressInline, SecurityEventInline)
    actions = ("switch_off", "switch_on")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "email",
                    "first_name",
                    "last_name",
                    "phone",
                    "phone_verified_at",
                    "language",
                    "market_code",
                )
            },
        ),
        (_("Consent"), {"fields": ("terms_version", "terms_accepted_at", "wants_email", "wants_sms")}),
        (_("Access"), {"fields": ("is_active", *POWERS, "last_login", "created_at")}),
    )
    readonly_fields = (
        "email", "phone", "phone_verified_at", "language", "market_code", "terms_version",
        "terms_accepted_at", "wants_email", "wants_sms", "last_login", "created_at",
    )  # fmt: skip

    @admin.display(description=_("Full name"), ordering="first_name")
    def whole_name(self, person: User) -> str:
        return person.full_name

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        """Only a superuser hands out power; nobody but a superuser touches one."""
        fields = tuple(super().get_readonly_fields(request, obj))
        return fields if request.user.is_superuser else (*fields, *POWERS)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        allowed = super().has_change_permission(request, obj)
        return allowed and (request.user.is_superuser or obj is None or not obj.is_superuser)

    def _switch(self, request: HttpRequest, people: QuerySet[User], *, on: bool) -> None:
        within_reach = people.exclude(pk=request.user.pk)
        if not request.user.is_superuser:
            within_reach = within_reach.filter(is_superuser=False)
        changed = 0
        for person in within_reach.exclude(is_active=on):
            person.is_active = on
            person.save(update_fields=["is_active", "updated_at"])
            changed += 1
        text = ngettext("%(count)d person changed.", "%(count)d people changed.", changed) % {
            "count": changed
        }
        self.message_user(request, text, messages.SUCCESS)

    @admin.action(description=_("Switch off: may no longer sign in"), permissions=["change"])
    def switch_off(self, request: HttpRequest, people: QuerySet[User]) -> None:
        self._switch(request, people, on=False)

    @admin.action(description=_("Switch on again"), permissions=["change"])
    def switch_on(self, request: HttpRequest, people: QuerySet[User]) -> None:
        self._switch(request, people, on=True)


@admin.register(SecurityEvent)
class SecurityEventAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("created_at", "kind", "user", "ip", "agent")
    list_filter = ("kind", "created_at")
    search_fields = ("user__email", "ip")
    list_select_related = ("user",)


@admin.register(Address)
class AddressAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("user", "kind", "street", "number", "city", "region", "market_code", "is_default")
    list_filter = ("market_code", "kind")
    search_fields = ("user__email", "street", "city", "last_name")
    list_select_related = ("user",)
