"""Staff read their own language: every column, field, button and kind of event of the back office."""

import ast
import re
from importlib import import_module
from pathlib import Path

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets, help_text_for_field, label_for_field
from django.test import RequestFactory
from django.utils.functional import Promise
from django.utils.translation import override

from catalog.admin import KINDS as OF_PRODUCTS
from marketplace import labels
from marketplace.accounts.models import User
from orders.timeline import KINDS as OF_ORDERS
from payments.history import KINDS as OF_MONEY
from payments.history import in_words
from sellers.admin import KINDS as OF_STORES

ROOT = Path(__file__).resolve().parent.parent.parent
OURS = ("accounts", "mailing", "sellers", "catalog", "orders", "payments")
# Words that English shares with Spanish or Portuguese, and one that its library translates nowhere.
SAME = {"Correlation ID", "ID", "PDF", "SKU", "SMS", "Slogan", "WebAuthn", "id", "slogan", "stock", "total"}


def _request():
    request = RequestFactory().get("/admin/")
    request.user = User(email="root@example.com", is_active=True, is_staff=True, is_superuser=True)
    return request


def _of_screen(screen, request):
    """Everything fixed that a list and its forms say, in the language that is on."""
    meta = screen.model._meta
    yield from (meta.verbose_name, meta.verbose_name_plural, meta.app_config.verbose_name)
    for name in screen.get_list_display(request):
        yield label_for_field(name, screen.model, screen)
    for name in screen.get_list_filter(request):
        plain = name[0] if isinstance(name, tuple) else name
        title = getattr(plain, "title", None) if isinstance(plain, type) else None
        yield title or label_for_field(plain.split("__")[-1], _end_of(screen.model, plain))
    yield from (text for _name, text in screen.get_action_choices(request))
    yield from _of_form(screen, screen.get_form(request, change=True)(), request)
    for inline in screen.get_inline_instances(request):
        yield inline.verbose_name_plural
        yield from _of_form(inline, inline.get_formset(request).form(), request)


def _end_of(model, path):
    for step in path.split("__")[:-1]:
        model = model._meta.get_field(step).related_model
    return model


def _of_form(screen, form, request):
    sets = screen.get_fieldsets(request)
    yield from (title for title, _options in sets if title)
    hidden = {field.name for field in form.hidden_fields()}
    for name in (name for name in flatten_fieldsets(sets) if name not in hidden):
        yield label_for_field(name, screen.model, screen, form=form)
        yield help_text_for_field(name if isinstance(name, str) else name.__name__, screen.model)
        field = next((f for f in screen.model._meta.fields if f.name == name), None)
        yield from (label for _value, label in (field.choices if field else None) or ())
    for field in form.visible_fields():
        yield from (field.label, field.help_text)


def _said(language, request):
    with override(language):
        return {
            screen.model.__name__: [str(text) for text in _of_screen(screen, request)]
            for screen in admin.site._registry.values()
        }


@pytest.mark.parametrize("language", ["es", "pt"])
def test_every_list_and_form_speaks_the_readers_language(language, db):
    request = _request()
    english, theirs = _said("en", request), _said(language, request)

    same = {
        f"{model}: {text}"
        for model, texts in english.items()
        for text, said in zip(texts, theirs[model], strict=True)
        if text == said and re.search(r"\w", text) and text not in SAME
    }

    assert sorted(same) == []


def _ours():
    for app in OURS:
        for model in apps.get_app_config(app).get_models():
            yield from (*model._meta.local_fields, *model._meta.local_many_to_many)


def test_every_field_of_ours_has_a_label():
    unlabelled = {str(field) for field in _ours() if not isinstance(field.verbose_name, Promise)}

    assert {name for name in unlabelled if not name.endswith((".id", ".html"))} == set()


@pytest.mark.parametrize("app", ["marketplace", "sellers", "catalog", "orders", "payments"])
def test_no_label_is_for_a_field_that_is_gone(app):
    names = {field.name for field in _ours() if app in ("marketplace", field.model._meta.app_label)}
    table = labels.COMMON if app == "marketplace" else import_module(f"{app}.labels").LABELS

    assert sorted(table.keys() - names) == []


def _kinds_written(app):
    """What our code hands to a history as the kind of an event: literals only."""
    for path in sorted((ROOT / app).rglob("*.py")):
        if {"tests", "migrations", "sandbox"} & set(path.parts):
            continue
        for call in (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)):
            named = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            yield from _literals(call, named)


def _literals(call, named):
    by_name = [keyword.value for keyword in call.keywords if keyword.arg == "kind"]
    by_place = {"record": call.args[:1], "_record": call.args[1:2], "_write": call.args[1:2]}.get(named, [])
    events = [*by_place, *(by_name if named in ("create", "_step") else [])]
    for each in (part for event in events for part in ast.walk(event)):
        if isinstance(each, ast.Constant) and isinstance(each.value, str) and each.value.isidentifier():
            yield each.value


@pytest.mark.parametrize(
    ("app", "words"),
    [
        ("sellers", OF_STORES),
        ("catalog", OF_PRODUCTS),
        ("orders", OF_ORDERS),
        ("payments", OF_MONEY | OF_ORDERS),
    ],
)
def test_every_kind_of_event_has_words(app, words):
    assert sorted(set(_kinds_written(app)) - words.keys()) == []


@pytest.mark.parametrize(
    ("note", "spanish"),
    [
        ("by the shopper", "por el comprador"),
        ("12 entries", "asientos contables: 12"),
        ("asked COP 5,000, the company says COP 4,000", "pedido: COP 5,000; respondido: COP 4,000"),
        ("review, 45", "Por revisar (45 puntos)"),
        ("insufficient_funds", "No había suficiente dinero en la cuenta."),
        ("Doña Inés called: 50% <b>off</b>; ok", "Doña Inés called: 50% <b>off</b>; ok"),
    ],
)
def test_notes_of_ours_are_translated_and_those_of_people_are_not(note, spanish):
    with override("es"):
        assert str(in_words(note)) == spanish
