"""Addresses of a seller's money, below /sell/."""

from django.urls import path

from payments import seller_views

app_name = "payments_seller"

urlpatterns = [
    path("balance/", seller_views.show_balance, name="show_balance"),
    path("balance/tile/", seller_views.tile, name="tile"),
    path("payouts/", seller_views.list_payouts, name="list_payouts"),
    path("payouts/<slug:reference>/", seller_views.show_payout, name="show_payout"),
]
