"""Every message about an account can be written, in every language of every country."""

from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from marketplace import mail, markets

FOLDER = Path(settings.BASE_DIR) / "templates" / "emails" / "account"
TEMPLATES = sorted(path.stem for path in FOLDER.glob("[!_]*.txt"))
CONTEXT = {
    "code": "123456",
    "password_reset_url": "http://co.localhost/accounts/password/reset/",
    "signup_url": "http://co.localhost/accounts/signup/",
    "from_email": "old@example.com",
    "to_email": "new@example.com",
    "deleted_email": "old@example.com",
    "timestamp": timezone.now(),
    "ip": "127.0.0.1",
    "user_agent": "Browser <script>",
}


@pytest.mark.django_db
@pytest.mark.parametrize("market", markets.MARKETS.values(), ids=lambda market: market.code)
@pytest.mark.parametrize("template", TEMPLATES)
def test_the_message_has_a_subject_text_and_html(template, market):
    for language in market.languages:
        message = mail.send(
            template=f"account/{template}",
            to="a@example.com",
            language=language,
            market=market,
            context=CONTEXT,
        )

        assert message.subject and "\n" not in message.subject and "{" not in message.subject
        assert market.name in message.text and market.support_email in message.text
        assert f'lang="{language}"' in message.html and "<script>" not in message.html
        assert "http" in message.text


def test_nothing_that_allauth_may_send_is_missing():
    for name in (
        "account_already_exists", "email_changed", "email_confirm", "email_confirmation",
        "email_confirmation_signup", "email_deleted", "password_changed", "password_reset",
        "password_reset_code", "password_set", "unknown_account",
    ):  # fmt: skip
        assert name in TEMPLATES
        assert (FOLDER / f"{name}.html").exists()
