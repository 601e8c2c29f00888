"""Templates say what a page is; behaviour and looks live elsewhere (the content security policy insists)."""

import re
from pathlib import Path

import pytest
from django.template.loader import get_template

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted(path for path in (ROOT / "templates").rglob("*.html"))
# Mail programs read neither style sheets nor policies.
PAGES = [path for path in TEMPLATES if "emails" not in path.parts]

INLINE = re.compile(
    r"""<style\b|\sstyle\s*=|\son[a-z]+\s*=\s*["']|href\s*=\s*["']javascript:|hx-on\b|hx-vals\s*=\s*["']js:""",
    re.IGNORECASE,
)
SCRIPT = re.compile(r"<script\b([^>]*)>(.*?)</script>", re.IGNORECASE | re.DOTALL)
COMMENT = re.compile(r"{#.*?#}|{%\s*comment.*?endcomment\s*%}|<!--.*?-->", re.DOTALL)


def name_of(path):
    return path.relative_to(ROOT / "templates").as_posix()


def text_of(path):
    return COMMENT.sub("", path.read_text())


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_it_compiles(path):
    assert get_template(name_of(path))


def test_nothing_is_styled_or_scripted_inside_a_page():
    found = [f"{name_of(path)}: {match[0]}" for path in PAGES for match in INLINE.finditer(text_of(path))]

    assert found == []


def test_scripts_come_from_files():
    found = [
        f"{name_of(path)}: <script{match[1]}>"
        for path in PAGES
        for match in SCRIPT.finditer(text_of(path))
        if "src=" not in match[1] and "application/ld+json" not in match[1]
    ]

    assert found == []


def test_nothing_is_fetched_from_strangers():
    outside = re.compile(r"""<(?:script|link|img|source|iframe)\b[^>]*(?:src|href)\s*=\s*["']https?://""")
    found = [f"{name_of(path)}: {match[0]}" for path in PAGES for match in outside.finditer(text_of(path))]

    assert found == []


# A payment company must not get our token.
POSTED_ELSEWHERE = ("payments/_post_form.html", "templates/payments/_post_form.html")


def test_every_form_that_changes_something_carries_a_token():
    forms = re.compile(r"<form\b[^>]*method\s*=\s*[\"']post[\"'].*?</form>", re.IGNORECASE | re.DOTALL)
    found = [
        f"{name_of(path)}: {match[0][:100]}"
        for path in PAGES
        for match in forms.finditer(text_of(path))
        if "csrf_token" not in match[0]
        and "sandbox" not in name_of(path)
        and name_of(path) not in POSTED_ELSEWHERE
    ]

    assert found == []
