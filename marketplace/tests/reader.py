"""What a browser without scripts sees in a page: its links, its forms, its words."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"input", "img", "br", "hr", "meta", "link", "source", "area", "base", "col", "embed", "wbr"}
UNSENT = {"submit", "button", "reset", "image", "file"}


@dataclass
class Button:
    name: str
    value: str
    action: str = ""


@dataclass
class Form:
    """A form with the values a browser would send; radios and boxes only when ticked."""

    action: str
    method: str
    enctype: str = ""
    identity: str = ""
    values: dict[str, list[str]] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    choices: dict[str, list[str]] = field(default_factory=dict)
    buttons: list[Button] = field(default_factory=list)

    def add(self, name, value):
        self.values.setdefault(name, []).append(value)


@dataclass
class Page:
    forms: list[Form] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    scripted: list[str] = field(default_factory=list)
    refresh: str = ""
    text: str = ""


class _Reader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.page = Page()
        self.inside: list[Form] = []
        self.by_identity: dict[str, Form] = {}
        self.outside: list[tuple[str, str, dict[str, str]]] = []
        self.select: tuple[str, Form | None, list[tuple[str, bool]]] | None = None
        self.area: tuple[str, Form | None] | None = None
        self.silent = 0

    def handle_starttag(self, tag, attributes):
        given = {name: value or "" for name, value in attributes}
        if opener := getattr(self, f"open_{tag}", None):
            opener(given)
        if tag in ("script", "style"):
            self.silent += 1
        self.note_scripts(tag, given)

    def handle_endtag(self, tag):
        if tag == "form" and self.inside:
            self.inside.pop()
        elif tag == "select" and self.select:
            self.close_select()
        elif tag == "textarea":
            self.area = None
        elif tag in ("script", "style"):
            self.silent -= 1

    def handle_data(self, words):
        if self.area:
            name, form = self.area
            if form is not None:
                form.values[name][-1] += words
        elif not self.silent:
            self.page.text += words

    def note_scripts(self, tag, given):
        """htmx may enrich what works without it: a link, a form, or a region that also has a button."""
        is_alone = "formaction" not in given and tag in ("a", "button", "span")
        if "hx-post" in given and is_alone or "hx-get" in given and tag == "button":
            self.page.scripted.append(self.get_starttag_text())
        if given.get("href", "").startswith("javascript:") or given.get("href") == "#":
            self.page.scripted.append(self.get_starttag_text())

    def owner(self, given):
        if "form" in given:
            return self.by_identity.get(given["form"])
        return self.inside[-1] if self.inside else None

    def open_a(self, given):
        if "href" in given:
            self.page.links.append(given["href"])

    def open_meta(self, given):
        if given.get("http-equiv", "").lower() == "refresh":
            self.page.refresh = given.get("content", "").partition("url=")[2]

    def open_form(self, given):
        form = Form(
            action=given.get("action", ""),
            method=given.get("method", "get").lower(),
            enctype=given.get("enctype", ""),
            identity=given.get("id", ""),
        )
        self.page.forms.append(form)
        self.inside.append(form)
        if form.identity:
            self.by_identity[form.identity] = form

    def open_input(self, given):
        self.control("input", given)

    def open_button(self, given):
        self.control("button", given)

    def control(self, tag, given):
        if "form" in given and given["form"] not in self.by_identity:
            self.outside.append((tag, given["form"], given))
            return
        form = self.owner(given)
        if form is not None and "disabled" not in given:
            put(form, tag, given)

    def open_textarea(self, given):
        form = self.owner(given)
        self.area = (given.get("name", ""), form)
        if form is not None:
            form.names.add(given.get("name", ""))
            form.add(given.get("name", ""), "")

    def open_select(self, given):
        self.select = (given.get("name", ""), self.owner(given), [])

    def open_option(self, given):
        if self.select:
            self.select[2].append((given.get("value", ""), "selected" in given))

    def close_select(self):
        name, form, options = self.select
        self.select = None
        if form is None:
            return
        form.names.add(name)
        form.choices[name] = [value for value, _chosen in options]
        chosen = [value for value, is_chosen in options if is_chosen] or [value for value, _ in options[:1]]
        for value in chosen[:1]:
            form.add(name, value)

    def finish(self):
        for tag, identity, given in self.outside:
            if identity in self.by_identity:
                put(self.by_identity[identity], tag, given)
        return self.page


def put(form, tag, given):
    kind = given.get("type", "submit" if tag == "button" else "text").lower()
    name = given.get("name", "")
    if tag == "button" or kind == "submit":
        if kind == "submit":
            form.buttons.append(Button(name, given.get("value", ""), given.get("formaction", "")))
        return
    if not name:
        return
    form.names.add(name)
    if kind in ("radio", "checkbox"):
        form.choices.setdefault(name, []).append(given.get("value", "on"))
        if "checked" in given:
            form.add(name, given.get("value", "on"))
    elif kind not in UNSENT:
        form.add(name, given.get("value", ""))


def read(html):
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.finish()
