"""Values that let the project run without any set-up; production refuses every one of them."""

MPESA_PUBLIC_KEY = (
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAla6+rfuSDq48AF8EUYZAdKrNelMeiE1zq5W08FbC613z1kymtTmu"
    "rTBjBthTX0LLhU7ehw/dq4nZ4FHf+Uuvc8Dd9qNaMUMK5wqAnSBoRICHV/o4Fd+2j+bFD6MButbBWMwgAuDSo/6GM+CtRIfq"
    "d7KN8R0APjFRFegAK7yM3qPGRLtC6Xww3Exbh8L3VOn0AJvi30SWzEyx82qaLq3JVxKyGSegtIBjYLvVc7SsUMuZfryqH7vp"
    "7ugfru8aK4mYgRou1GJJipcABrcyjMBsjplRrjVpOWn6Q+mUcTfn25yCARysba/DwWJnMfrAsL2dR3RaueqS7JvSSj1Fu6ss"
    "kwIDAQAB"
)

# The other half, for the pretend M-Pesa to read its callers' tokens by. It opens nothing real.
MPESA_SANDBOX_PRIVATE_KEY = """\
-----BEGIN PRIVATE KEY-----
MIIEvgIBADANBgkqhkiG9w0BAQEFAASCBKgwggSkAgEAAoIBAQCVrr6t+5IOrjwA
XwRRhkB0qs16Ux6ITXOrlbTwVsLrXfPWTKa1Oa6tMGMG2FNfQsuFTt6HD92ridng
Ud/5S69zwN32o1oxQwrnCoCdIGhEgIdX+jgV37aP5sUPowG61sFYzCAC4NKj/oYz
4K1Eh+p3so3xHQA+MVEV6AArvIzeo8ZEu0LpfDDcTFuHwvdU6fQAm+LfRJbMTLHz
apourclXErIZJ6C0gGNgu9VztKxQy5l+vKofu+nu6B+u7xoriZiBGi7UYkmKlwAG
tzKMwGyOmVGuNWk5afpD6ZRxN+fbnIIBHKxtr8PBYmcx+sCwvZ1HdFq56pLsm9JK
PUW7qyyTAgMBAAECggEAAyZJJtoLSbnK02ssaRa9FnddmXxUQSP4Eh01UHVS5qb0
cYbtXxTWoxhIjSVSI8gBBk4Rip//1xMwfXLblqBMEdB2GzF2vWCewxvKdwPujbpy
npxKP9OUQNTnQpv4dlj8eoTZC5Z1eDPr2P2aR73gZiJgsDke/zAEd8SI9GKkSC77
x+BmfZBlPTPKHrR1GIZkrE+MUG9evZCKo4bvkNI7vYgNieUtBcosOZr5qMHwbauL
AEphRnVcSShGr/ZqZuLH3eAkmk6Kb0Yq3wKg5LhcvfaIfyhDEvk1wm/o+014Ncpx
V2sSHOQlwzH/rpr4DBtN6hEj9JpFgHYhfRlsNfyjOQKBgQDKkrI3uuEVBaVJJIZA
B7a+3QLT5f76VTcVS8q4zF509w8M0yfx2I1l8VbMXaI+4cKwI7Zut3egvk3Hl1JT
3xjIVA+hmPQZyh7qpfuIFsskFfIK3LZTGMNC+wplH69Odg7cuAExiMorY39R+BM/
1hJ7hMfQr56pSs8T4rY5HLE1HwKBgQC9KP+B/9hoNkC5MBQY89DH2dtm+JaEtxQW
y1jDK2WwIDEdZK7CLBwzIHWxstQEbtq/bnIrqGF6qProGx7Xgd8hXX3unE8L9RRd
7kj1BieBlq0hv1ksLNnRJ4SDj3RE4aBe9AHDTS3fxnKbVUIpN5wXS6rdQWPXTZYs
ogVp7DtGDQKBgQDIs/dnR/zh+yn8AfgRUJM7H3ZBw8qQ9AUTUHiWB8Y+VNnQdxVI
hKnzqt24tbyeWMewBHIn2BbqaCJf8glbl9rSAJdMIGMZeiyPh8xi1VKHekbJhEwQ
oKQ1pMxzzKTANDAddyGXllPYEUiASi2oPc0qHDBtDtNAICJzLVgl1cutOQKBgQC6
+mSeDtTOJhqSM1kaVR9h/RHn1f+KziFYasahnSsWDqwd3uDz5IA3dXWBIkB65Uzq
/vRx/S3l/lSNzAkPgzuZEn4ht3ZXXnk0ZA7PzLaOXO9kNW2iwe7I1OQi21FVqSVJ
1q5La+XVlabBrmQItARh7pTFwhY7w2CXW8w4KJ9qnQKBgFwmlmo9mP5pblYw0CyD
uMasOOfIwTg7Z2Fmv8u1PmO05f5EHdHLv3FRwmvuyljDh1K2ZfZU7yMuJXdQNadf
VR5/bbLK/1VSlCpMfyKFf/EVCgRApajcCF1xwKYjyd2h0OSVptHtJSH+OO4P/bkl
3lm+8W2vQyjRRcN7u80pmZ7J
-----END PRIVATE KEY-----
"""

DEFAULTS = {
    "SECRET_KEY": "development-only-secret-key-0123456789-abcdefghijklmnopqrstuvwxyz",  # noqa: S105
    "FIELD_ENCRYPTION_KEYS": "ZGV2ZWxvcG1lbnQtb25seS0zMi1ieXRlLWtleS0wMDA=",
    "WOMPI_PUBLIC_KEY": "pub_test_development0000000000000000",
    "WOMPI_PRIVATE_KEY": "prv_test_development0000000000000000",
    "WOMPI_EVENTS_SECRET": "test_events_development0000000000000",
    "WOMPI_INTEGRITY_SECRET": "test_integrity_development0000000000",
    "WOMPI_PAYOUTS_API_KEY": "payouts-development-api-key",
    "WOMPI_PAYOUTS_USER_PRINCIPAL_ID": "payouts-development-principal",
    "WOMPI_PAYOUTS_ACCOUNT_ID": "5bf70e0e-6b4c-4a66-9a4e-3d1f0f2d7c10",
    "WOMPI_PAYOUTS_EVENTS_SECRET": "payouts-development-events-secret",
    "MPESA_API_KEY": "development0000000000000000mpesa",
    "MPESA_PUBLIC_KEY": MPESA_PUBLIC_KEY,
    "MPESA_SERVICE_PROVIDER_CODE": "171717",
    "MPESA_ORIGIN": "developer.mpesa.vm.co.mz",
    "MPESA_INITIATOR_IDENTIFIER": "development-initiator",
    "MPESA_SECURITY_CREDENTIAL": "development-security-credential",
    # PayU's own sandbox, published for everybody.
    "PAYU_API_LOGIN": "pRRXKOl8ikMmt9u",
    "PAYU_API_KEY": "4Vj8eK4rloUd272L48hsrarnUA",
    "PAYU_MERCHANT_ID": "508029",
    "PAYU_ACCOUNT_ID": "512321",
    "STRIPE_SECRET_KEY": "sk_test_local",
    "STRIPE_WEBHOOK_SECRETS": "whsec_development",
    "EMOLA_USERNAME": "development-emola-user",
    "EMOLA_PASSWORD": "development-emola-password",
    "EMOLA_PARTNER_CODE": "development-emola-partner",
    "EMOLA_KEY": "development-emola-key",
    "EFECTY_CODE_SECRET": "development-cash-codes",
    "EFECTY_AGREEMENT": "112233",
    "EFECTY_AGENT_SECRETS": "development-cash-agent",
    "SLIP_SIGNING_KEY": "ZGV2ZWxvcG1lbnQtb25seS1zbGlwLWtleS0wMDAwMDA=",
    "BANK_FILE_ACCOUNT": "000301080016367102371",
}
