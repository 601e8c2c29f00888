"""Collect every string a person can read, and keep the .po files in step; needs no gettext."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "marketplace" / "locale"
LANGUAGES = ("es", "pt")
APPS = ("marketplace", "sellers", "catalog", "orders", "payments", "support")
# What nobody but us reads: developers' pages, tests, the pretend companies.
UNSEEN = ("tests", "migrations", "sandbox", "demo", "templates/sandbox", "templates/admin/dev")
_KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
_CALL = re.compile(r"\b(n?p?gettext|_)\(")


class Entry(NamedTuple):
    """One string: `plural` is empty for strings without a plural, `context` for those without one."""

    context: str
    singular: str
    plural: str
    place: str


def _is_seen(path: Path) -> bool:
    relative = path.relative_to(ROOT).as_posix()
    return not any(f"/{part}/" in f"/{relative}" for part in UNSEEN)


def _from_python(path: Path) -> Iterator[Entry]:
    for _line, message, _comments, context in extract_from_file("python", str(path), keywords=_KEYWORDS):  # type: ignore[arg-type]
        singular, plural = message if isinstance(message, tuple) else (message, "")
        yield Entry(context or "", singular, plural or "", path.relative_to(ROOT).as_posix())


def _from_template(path: Path) -> Iterator[Entry]:
    """Django turns a template into text with gettext calls in it; each is read as one Python expression."""
    source = templatize(path.read_text(encoding="utf-8"), origin=str(path))
    for found in _CALL.finditer(source):
        call = _parse(source[found.start() :])
        texts = [a.value for a in call.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
        name, place = found[1], path.relative_to(ROOT).as_posix()
        context = texts.pop(0) if "p" in name else ""
        yield Entry(context, texts[0], texts[1] if name.startswith("n") else "", place)


def _parse(source: str) -> ast.Call:
    """The call the text begins with: the shortest prefix that ends in `)` and is an expression."""
    end = source.index(")")
    while True:
        try:
            node = ast.parse(source[: end + 1], mode="eval").body
        except SyntaxError:
            end = source.index(")", end + 1)
            continue
        if not isinstance(node, ast.Call):
            raise ValueError(f"not a call: {source[: end + 1]!r}")
        return node


def collect() -> list[Entry]:
    """Every translatable string of the project's Python files and templates, each once."""
    found: dict[tuple[str, str], Entry] = {}
    sources = [p for app in APPS for p in sorted((ROOT / app).rglob("*.py"))]
    templates = [p for p in sorted((ROOT / "templates").rglob("*")) if p.suffix in (".html", ".txt")]
    for path in filter(_is_seen, sources + templates):
        entries = _from_python(path) if path.suffix == ".py" else _from_template(path)
        for entry in entries:
            if entry.singular:
                kept = found.setdefault((entry.context, entry.singular), entry)
                if entry.plural and not kept.plural:
                    found[entry.context, entry.singular] = entry
    return list(found.values())


def read(language: str) -> Catalog:
    path = LOCALE / language / "LC_MESSAGES" / "django.po"
    if not path.exists():
        return Catalog(locale=language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def untranslated(language: str) -> list[Entry]:
    """Strings without a translation, or whose translation lost a placeholder."""
    catalog = read(language)
    return [entry for entry in collect() if not _is_translated(catalog, entry)]


def _is_translated(catalog: Catalog, entry: Entry) -> bool:
    message = catalog.get(entry.singular, context=entry.context or None)
    if message is None or message.fuzzy:
        return False
    texts = message.string if isinstance(message.string, tuple | list) else (message.string,)
    needed = set(_placeholders(entry.plural or entry.singular))
    return all(text and set(_placeholders(text)) == needed for text in texts)


def _placeholders(text: str) -> list[str]:
    return re.findall(r"%\(\w+\)[sd]|%[sd](?![\w ])|\{\w*\}", text)


def update() -> None:
    """Rewrite the .po files: new strings are added empty, vanished ones dropped, translations kept."""
    entries = collect()
    for language in LANGUAGES:
        old, new = read(language), Catalog(locale=language, project="marketplace", charset="utf-8")
        for entry in entries:
            ident = (entry.singular, entry.plural) if entry.plural else entry.singular
            kept = old.get(entry.singular, context=entry.context or None)
            text = kept.string if kept and isinstance(kept.string, str) != bool(entry.plural) else None
            flags = ["python-format"] if "%(" in entry.singular else []
            new.add(ident, text, context=entry.context or None, locations=[(entry.place, None)], flags=flags)  # type: ignore[list-item]
        path = LOCALE / language / "LC_MESSAGES" / "django.po"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            write_po(file, new, width=110, include_lineno=False, sort_output=True)
