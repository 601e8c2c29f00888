"""Nothing a person reads is left untranslated."""

import pytest

from marketplace import extraction


@pytest.mark.parametrize("language", extraction.LANGUAGES)
def test_every_string_is_translated_with_its_placeholders(language):
    missing = [f"{entry.place}: {entry.singular!r}" for entry in extraction.untranslated(language)]

    assert missing == []


def test_strings_of_templates_and_code_are_both_found():
    found = {entry.singular for entry in extraction.collect()}

    assert "Terms of use" in found  # a template
    assert "Owed to buyers" in found  # Python
