"""Addresses of paying, and of what payment companies call."""

from django.urls import path

from payments import health_views, views, webhook_views
from payments.refunds import refund_views, request_views
from payments.vouchers import cash_views, slip_views

app_name = "payments"

urlpatterns = [
    path("health/payments", health_views.show_health, name="show_health"),
    path("pay/<slug:number>/", views.choose, name="choose"),
    path("pay/<slug:number>/<slug:reference>/", views.wait, name="wait"),
    path("pay/<slug:number>/<slug:reference>/back/", views.come_back, name="come_back"),
    path("pay/<slug:number>/<slug:reference>/cancel/", views.give_up, name="give_up"),
    path("pay/<slug:number>/<slug:reference>/result/", views.result, name="result"),
    path("pay/<slug:number>/<slug:reference>/slip/", slip_views.show_slip, name="slip"),
    path("pay-key/", slip_views.show_key, name="slip_key"),
    path("webhooks/efecty/confirmations/", cash_views.take_confirmation, name="cash_confirmation"),
    path("refunds/<slug:secret>/", refund_views.show_refund, name="show_refund"),
    path("refund-requests/new/<int:seller_order_id>/", request_views.ask_refund, name="ask_refund"),
    path("refund-requests/cancel/<int:seller_order_id>/", request_views.call_off, name="call_off"),
    path("refund-requests/<slug:request_number>/", request_views.show_request, name="show_request"),
    path(
        "refund-requests/<slug:request_number>/withdraw/",
        request_views.withdraw_request,
        name="withdraw_request",
    ),
    path("webhooks/<slug:gateway>/", webhook_views.webhook, name="webhook"),
]
