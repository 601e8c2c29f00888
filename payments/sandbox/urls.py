"""Where the pretend companies live; M-Pesa's ports are folded onto this one."""

from django.urls import path

from . import (
    console,
    control,
    emola,
    mpesa,
    mpesa_reversal,
    payouts_api,
    payu_api,
    payu_pages,
    phone,
    stripe_api,
    stripe_pages,
    wompi_api,
    wompi_pages,
)

urlpatterns = [
    path("", console.show_console),
    path("phone/", phone.show_phone),
    path("phone/<str:kind>/<str:key>/", phone.answer_prompt),
    path("switches/", console.show_switches),
    path("switches/set/", console.set_switches),
    path("sandbox.css", console.show_styles),
    # Wompi payments
    path("wompi/v1/merchants/<str:public_key>", wompi_api.show_merchant),
    path("wompi/v1/tokens/cards", wompi_api.create_card_token),
    path("wompi/v1/pse/financial_institutions", wompi_api.list_banks),
    path("wompi/v1/transactions", wompi_api.transactions),
    path("wompi/v1/transactions/<str:key>", wompi_api.show_transaction),
    path("wompi/v1/transactions/<str:key>/void", wompi_api.void_transaction),
    path("wompi/pse/redirect", wompi_pages.show_bank),
    path("wompi/checkout/p/", wompi_pages.check_out),
    path("wompi/terms/<str:kind>/", wompi_pages.show_terms),
    # Wompi payouts
    path("wompi-payouts/v1/banks", payouts_api.list_banks),
    path("wompi-payouts/v1/accounts", payouts_api.list_accounts),
    path("wompi-payouts/v1/accounts/balance-recharge", payouts_api.recharge),
    path("wompi-payouts/v1/limits", payouts_api.show_limits),
    path("wompi-payouts/v1/health", payouts_api.show_health),
    path("wompi-payouts/v1/payouts", payouts_api.batches),
    path("wompi-payouts/v1/payouts/<str:key>", payouts_api.show_batch),
    path("wompi-payouts/v1/payouts/<str:key>/transactions", payouts_api.list_rows),
    path("wompi-payouts/v1/payouts/<str:key>/transactions/<str:row>", payouts_api.show_row),
    path("wompi-payouts/v1/transactions/<str:reference>", payouts_api.show_rows_of),
    # PayU
    path("payu/payments-api/4.0/service.cgi", payu_api.payments_service),
    path("payu/reports-api/4.0/service.cgi", payu_api.reports_service),
    path("payu/checkout/", payu_pages.open_checkout),
    path("payu/checkout/<str:reference>/", payu_pages.check_out),
    path("payu/pse/<str:ticket>/", payu_pages.show_bank),
    path("payu/receipt/<str:ticket>/", payu_pages.show_receipt),
    path("payu/receipt/<str:ticket>/<str:kind>/", payu_pages.show_receipt),
    path("payu/efecty/", payu_pages.show_counter),
    path("payu/refunds/<str:key>/", payu_pages.decide_refund),
    # Stripe
    path("stripe/v1/checkout/sessions", stripe_api.sessions),
    path("stripe/v1/checkout/sessions/<str:key>", stripe_api.show_session),
    path("stripe/v1/checkout/sessions/<str:key>/expire", stripe_api.expire_session),
    path("stripe/v1/payment_intents/<str:key>", stripe_api.show_intent),
    path("stripe/v1/refunds", stripe_api.refunds),
    path("stripe/v1/refunds/<str:key>", stripe_api.show_refund),
    path("stripe/v1/events", stripe_api.events),
    path("stripe/v1/balance_transactions", stripe_api.balance_transactions),
    path("stripe/pay/<str:key>", stripe_pages.show_checkout),
    # M-Pesa
    path("ipg/v1x/c2bPayment/singleStage/", mpesa.charge),
    path("ipg/v1x/b2cPayment/", mpesa.pay_out),
    path("ipg/v1x/queryTransactionStatus/", mpesa.query),
    path("ipg/v1x/reversal/", mpesa_reversal.reverse),
    # e-Mola
    path("BCCSGateway", emola.serve),
    # Ours
    path("control/forget", control.forget_everything),
    path("control/switches", control.set_switches),
    path("control/faults", control.add_fault),
    path("control/decide", control.decide),
    path("control/trap", control.trap),
    path("control/kept/<str:kind>", control.list_kept),
]
