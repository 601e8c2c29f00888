"""Addresses of a seller's money, below /sell/."""

from django.urls import path

from payments.earnings import balance_views, seller_views
from payments.refunds import seller_request_views as requests

app_name = "payments_seller"

urlpatterns = [
    path("balance/", balance_views.show_balance, name="show_balance"),
    path("balance/statement.csv", balance_views.download_csv, name="download_csv"),
    path("balance/statement.pdf", balance_views.download_pdf, name="download_pdf"),
    path("balance/documents/", balance_views.list_documents, name="list_documents"),
    path("balance/documents/<slug:document_number>/", balance_views.show_document, name="show_document"),
    path(
        "balance/documents/<slug:document_number>/pdf/",
        balance_views.download_document,
        name="download_document",
    ),
    path("balance/tile/", seller_views.tile, name="tile"),
    path("payouts/", seller_views.list_payouts, name="list_payouts"),
    path("payouts/request/", seller_views.request_payout, name="request_payout"),
    path("payouts/<slug:reference>/", seller_views.show_payout, name="show_payout"),
    path("requests/", requests.list_requests, name="list_requests"),
    path("requests/tile/", requests.request_tile, name="request_tile"),
    path("requests/cannot-deliver/<int:seller_order_id>/", requests.cannot_deliver, name="cannot_deliver"),
    path("requests/<slug:request_number>/", requests.show_request, name="show_request"),
    path("requests/<slug:request_number>/answer/", requests.answer_request, name="answer_request"),
]
