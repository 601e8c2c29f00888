"""Who may do what: one row for every address, read by test_access.py. A new address needs a row here.

Columns: anonymous, buyer, other buyer, owner, helper, rival (another store's owner), staff, superuser.
`login` leads to sign-in, `to` anywhere else; `ok` does it, or says what is wrong with the form.
"""

ALL = "200 200 200 200 200 200 200 200"
NEVER = "405 405 405 405 405 405 405 405"
GONE = "404 404 404 404 404 404 404 404"
ANYBODY = "ok ok ok ok ok ok ok ok"
STRANGERS = "200 to to to to to to to"
MEMBERS = "login 200 200 200 200 200 200 200"
MEMBERS_ACT = "login ok ok ok ok ok ok ok"
MEMBERS_NEVER = "login 405 405 405 405 405 405 405"
MEMBERS_GONE = "login 404 404 404 404 404 404 404"
BUYER = "404 200 404 404 404 404 404 404"
BUYER_ACTS = "404 ok 404 404 404 404 404 404"
OWN_ROW = "login 200 404 404 404 404 404 404"
OWN_ROW_ACTS = "login ok 404 404 404 404 404 404"
STORES = "login 404 404 200 200 200 404 404"
STORES_ACT = "login 404 404 ok ok ok 404 404"
STORES_NEVER = "login 404 404 405 405 405 404 404"
THIS_STORE = "login 404 404 200 200 404 404 404"
THIS_STORE_ACTS = "login 404 404 ok ok 404 404 404"
MONEY = "login 404 404 200 403 200 404 404"
MONEY_NEVER = "login 404 404 405 403 405 404 404"
THIS_MONEY = "login 404 404 200 403 404 404 404"
THIS_MONEY_ACTS = "login 404 404 ok 403 404 404 404"
OWNERS_ACT = "login 404 404 ok 403 ok 404 404"
OWNERS_NEVER = "login 404 404 405 403 405 404 404"

PAGE = (ALL, NEVER)
PAGE_AND_FORM = (ALL, ANYBODY)
ACTION = (NEVER, ANYBODY)
MEMBERS_PAGE = (MEMBERS, MEMBERS_NEVER)
MEMBERS_FORM = (MEMBERS, MEMBERS_ACT)
MEMBERS_STEP = (MEMBERS_ACT, MEMBERS_ACT)  # leads on or back, depending on how far one is
STORE_PAGE = (STORES, STORES_NEVER)
STORE_FORM = (STORES, STORES_ACT)
PRODUCT_FORM = (THIS_STORE, THIS_STORE_ACTS)
PRODUCT_ACTION = (STORES_NEVER, THIS_STORE_ACTS)

EXPECTED = {
    # The site
    "health_live": PAGE,
    "health_ready": ("503 503 503 503 503 503 503 503", NEVER),  # no worker beats in tests
    "choose_market": ACTION,
    "set_language": ACTION,
    "set_theme": ACTION,
    "bundle": PAGE,
    "media/<path:path>": (GONE, GONE),  # a file that is not there
    "outbox": (GONE, NEVER),
    "outbox_message": (GONE, NEVER),
    "support:show_help": PAGE,
    "support:show_paying": PAGE,
    "support:show_terms": PAGE,
    "support:show_privacy": PAGE,
    # People
    "account_login": (STRANGERS, "ok to to to to to to to"),
    "account_signup": (STRANGERS, "ok to to to to to to to"),
    "account_logout": ("to 200 200 200 200 200 200 200", ANYBODY),
    "account_inactive": PAGE,
    "account_reauthenticate": MEMBERS_FORM,
    "account_email": MEMBERS_FORM,
    "account_email_verification_sent": MEMBERS_STEP,
    "account_change_password": MEMBERS_FORM,
    "account_set_password": MEMBERS_STEP,
    "account_reset_password": PAGE_AND_FORM,
    "account_confirm_login_code": MEMBERS_STEP,
    "account_verify_phone": MEMBERS_STEP,
    "account_change_phone": MEMBERS_FORM,
    "account_confirm_password_reset_code": (" ".join(["login"] * 8),) * 2,
    "account_complete_password_reset": (" ".join(["to"] * 8),) * 2,
    "account_password_reset_completed": PAGE,
    "mfa_index": MEMBERS_PAGE,
    "mfa_authenticate": MEMBERS_STEP,
    "mfa_reauthenticate": MEMBERS_STEP,
    "mfa_activate_totp": MEMBERS_STEP,
    "mfa_deactivate_totp": (MEMBERS_GONE, MEMBERS_GONE),
    "mfa_view_recovery_codes": (MEMBERS_GONE, MEMBERS_NEVER),
    "mfa_generate_recovery_codes": MEMBERS_STEP,
    "mfa_download_recovery_codes": (MEMBERS_GONE, MEMBERS_GONE),
    "usersessions_list": MEMBERS_FORM,
    "accounts:profile": MEMBERS_FORM,
    "accounts:show_security": MEMBERS_PAGE,
    "accounts:list_addresses": MEMBERS_PAGE,
    "accounts:add_address": MEMBERS_FORM,
    "accounts:edit_address": (OWN_ROW, OWN_ROW_ACTS),
    "accounts:prefer_address": (MEMBERS_NEVER, OWN_ROW_ACTS),
    "accounts:remove_address": (OWN_ROW, OWN_ROW_ACTS),
    # The shop window
    "home": PAGE,
    "catalog:show_category": PAGE,
    "catalog:search": PAGE,
    "catalog:show_product": PAGE,
    "catalog:list_sellers": PAGE,
    "catalog:show_store": PAGE,
    "catalog:list_wishes": MEMBERS_PAGE,
    "catalog:toggle_wish": MEMBERS_STEP,
    # Buying
    "orders:show_cart": PAGE,
    "orders:cart_badge": PAGE,
    "orders:add_to_cart": ACTION,
    "orders:change_line": (NEVER, BUYER_ACTS),
    "orders:remove_line": (NEVER, BUYER_ACTS),
    "orders:clear_cart": ACTION,
    "orders:accept_changes": ACTION,
    "orders:check_out": ("to 200 to to to to to to", ANYBODY),
    "orders:quote_checkout": ACTION,
    "orders:list_orders": MEMBERS_PAGE,
    "orders:find_order": PAGE_AND_FORM,
    "orders:show_order": (BUYER, NEVER),
    "orders:show_receipt": (BUYER, NEVER),
    "orders:cancel_order": (NEVER, BUYER_ACTS),
    "orders:buy_again": (NEVER, BUYER_ACTS),
    "orders:confirm_delivery": (NEVER, BUYER_ACTS),
    "orders:show_guest_order": (ANYBODY, NEVER),  # whoever holds the secret link
    "payments:show_health": PAGE,
    "payments:choose": (BUYER_ACTS, BUYER_ACTS),
    "payments:wait": (BUYER, NEVER),
    "payments:come_back": (BUYER_ACTS, NEVER),
    "payments:give_up": (NEVER, BUYER_ACTS),
    "payments:result": (BUYER_ACTS, NEVER),
    "payments:slip": (GONE, NEVER),  # this payment waits for no cash; test_slips.py tries one that does
    "payments:slip_key": PAGE,
    "payments:cash_confirmation": (NEVER, " ".join(["401"] * 8)),  # not signed
    "payments:show_refund": PAGE_AND_FORM,  # whoever holds the secret link
    "payments:ask_refund": (BUYER_ACTS, BUYER_ACTS),  # leads to the request that is there already
    "payments:call_off": (BUYER_ACTS, BUYER_ACTS),
    "payments:show_request": (BUYER, NEVER),
    "payments:withdraw_request": (NEVER, BUYER_ACTS),
    "payments:webhook": ACTION,
    # Selling
    "sellers:dashboard": ("login to to 200 200 200 to to", MEMBERS_NEVER),
    "sellers:apply": (ALL, ANYBODY),
    "sellers:resubmit": (OWNERS_NEVER, OWNERS_ACT),
    "sellers:switch_store": (MEMBERS_NEVER, MEMBERS_GONE),
    "sellers:edit_store": STORE_FORM,
    "sellers:edit_hours": STORE_FORM,
    "sellers:edit_delivery": STORE_FORM,
    "sellers:edit_payout_destination": (OWNERS_ACT, OWNERS_ACT),
    "sellers:edit_payout_schedule": ("login 404 404 200 403 200 404 404", OWNERS_ACT),
    "sellers:dispute_destination": (ANYBODY, ANYBODY),  # whoever holds the signed link
    "catalog_seller:list_products": STORE_PAGE,
    "catalog_seller:tile": STORE_PAGE,
    "catalog_seller:create_product": STORE_FORM,
    "catalog_seller:edit_product": PRODUCT_FORM,
    "catalog_seller:change_status": PRODUCT_ACTION,
    "catalog_seller:create_variant": PRODUCT_FORM,
    "catalog_seller:add_photos": PRODUCT_ACTION,
    "catalog_seller:edit_variant": PRODUCT_FORM,
    "catalog_seller:quick_edit": PRODUCT_ACTION,
    "catalog_seller:withdraw_variant": PRODUCT_ACTION,
    "catalog_seller:describe_photo": PRODUCT_ACTION,
    "catalog_seller:move_photo": PRODUCT_ACTION,
    "catalog_seller:remove_photo": PRODUCT_ACTION,
    "orders_seller:list_orders": STORE_PAGE,
    "orders_seller:tile": STORE_PAGE,
    "orders_seller:packing_slips": (STORES_ACT, STORES_NEVER),
    "orders_seller:show_order": (THIS_STORE, STORES_NEVER),
    "orders_seller:packing_slip": (THIS_STORE, STORES_NEVER),
    "orders_seller:confirm": PRODUCT_ACTION,
    "orders_seller:ship": PRODUCT_ACTION,
    "orders_seller:deliver": PRODUCT_ACTION,
    "orders_seller:edit_notes": PRODUCT_ACTION,
    "payments_seller:show_balance": (MONEY, MONEY_NEVER),
    "payments_seller:download_csv": (MONEY, MONEY_NEVER),
    "payments_seller:download_pdf": (MONEY, MONEY_NEVER),
    "payments_seller:list_documents": (MONEY, MONEY_NEVER),
    "payments_seller:show_document": (THIS_MONEY, MONEY_NEVER),
    "payments_seller:download_document": (THIS_MONEY, MONEY_NEVER),
    "payments_seller:tile": STORE_PAGE,
    "payments_seller:list_payouts": (MONEY, MONEY_NEVER),
    "payments_seller:request_payout": (MONEY_NEVER, OWNERS_ACT),
    "payments_seller:show_payout": (THIS_MONEY, MONEY_NEVER),
    "payments_seller:list_requests": (MONEY, MONEY_NEVER),
    "payments_seller:request_tile": STORE_PAGE,
    "payments_seller:show_request": (THIS_MONEY, MONEY_NEVER),
    "payments_seller:answer_request": (MONEY_NEVER, THIS_MONEY_ACTS),
    "payments_seller:cannot_deliver": (THIS_MONEY_ACTS, THIS_MONEY_ACTS),
}
