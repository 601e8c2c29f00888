"""A person whose browser runs no scripts: follows links, fills in the forms that pages really contain."""

from urllib.parse import urlencode, urljoin, urlsplit

from django.test import Client

from marketplace.accounts.tests.factories import PASSWORD
from marketplace.tests.reader import read


class Visitor:
    """Goes through the site over HTTP, tokens against forged requests included."""

    def __init__(self, market_code, *, language=""):
        self.host = f"{market_code}.localhost"
        self.client = Client(enforce_csrf_checks=True, headers={"host": self.host})
        if language:
            self.client.cookies["django_language"] = language
        self.path = "/"
        self.response = self.page = None

    @property
    def status(self):
        return self.response.status_code

    @property
    def html(self):
        return self.response.content.decode()

    def visit(self, address):
        """Open a page, or leave for another host: then `.left_for` says where to."""
        return self._arrive(self.client.get(self._own(address)), address)

    def follow(self, part):
        """Click the first link that leads to `part`, or else somewhere below it."""
        paths = {urlsplit(link).path: link for link in reversed(self.page.links)}
        found = paths.get(part) or next((paths[path] for path in reversed(paths) if part in path), None)
        assert found, f"{self.path} has no link with {part}: {sorted(set(self.page.links))}"
        return self.visit(urljoin(self.path, found))

    def form(self, part="", *, field=""):
        """The form whose address contains `part`, or that has this field."""
        for form in self.page.forms:
            action = form.action or self.path
            if part in action and (not field or field in form.names):
                return form
        raise AssertionError(f"{self.path}: no form for {part or field}: {self.page.forms}")

    def send(self, part="", values=None, *, field="", button="", files=None):
        """Fill in and send a form as it stands; only fields that are there can be filled in."""
        form = self.form(part, field=field)
        given = {name: list(found) for name, found in form.values.items()}
        for name, value in (values or {}).items():
            assert name in form.names, f"{self.path}: {part} has no field {name}, only {sorted(form.names)}"
            if name in form.choices:
                assert str(value) in form.choices[name], f"{name} offers {form.choices[name]}, not {value}"
            given[name] = [str(value)]
        pressed = next((each for each in form.buttons if each.name == button), None) if button else None
        if pressed:
            given[pressed.name] = [pressed.value]
        action = urljoin(self.path, form.action or self.path)
        if form.method == "get":
            return self.visit(f"{action.partition('?')[0]}?{urlencode(given, doseq=True)}")
        assert not files or form.enctype == "multipart/form-data"
        return self._arrive(self.client.post(self._own(action), given | (files or {})), action)

    def sign_in(self, user, password=PASSWORD):
        self.visit("/accounts/login/")
        self.send("/accounts/login/", {"login": user.email, "password": password}, field="password")
        assert self.client.session.get("_auth_user_id"), f"{user.email} could not sign in"
        return self

    def _own(self, address):
        parts = urlsplit(address)
        return parts._replace(scheme="", netloc="", fragment="").geturl() or "/"

    def _arrive(self, response, address):
        self.left_for = ""
        path = urlsplit(address).path
        for _step in range(10):
            if response.status_code not in (301, 302, 303):
                break
            target = urljoin(f"http://{self.host}{path}", response["Location"])
            if urlsplit(target).hostname != self.host:
                self.left_for = target
                break
            path = urlsplit(target).path
            response = self.client.get(self._own(target))
        self.response, self.path = response, path
        is_page = "html" in response.headers.get("Content-Type", "")
        self.page = read(response.content.decode()) if is_page else None
        return self
