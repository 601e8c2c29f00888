"""Addresses of paying, and of what payment companies call."""

from django.urls import path

from payments import refund_views, views, webhook_views

app_name = "payments"

urlpatterns = [
    path("pay/<slug:number>/", views.choose, name="choose"),
    path("pay/<slug:number>/<slug:reference>/", views.wait, name="wait"),
    path("pay/<slug:number>/<slug:reference>/back/", views.come_back, name="come_back"),
    path("pay/<slug:number>/<slug:reference>/cancel/", views.give_up, name="give_up"),
    path("pay/<slug:number>/<slug:reference>/result/", views.result, name="result"),
    path("refunds/<slug:secret>/", refund_views.show_refund, name="show_refund"),
    path("webhooks/<slug:gateway>/", webhook_views.webhook, name="webhook"),
]
