"""Addresses of the choices that hold for the whole site, and of the development outbox."""

from django.urls import path

from marketplace import bundling, views

urlpatterns = [
    path("market/", views.choose_market, name="choose_market"),
    path("language/", views.set_language, name="set_language"),
    path("theme/", views.set_theme, name="set_theme"),
    path("assets/site.<slug:digest>.<str:kind>", bundling.serve_bundle, name="bundle"),
    path("outbox/", views.outbox, name="outbox"),
    path("outbox/<int:message_id>/", views.outbox_message, name="outbox_message"),
]
