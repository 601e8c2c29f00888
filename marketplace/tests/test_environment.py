"""`.env.example` names every variable that is read, and no other."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_CALLS = r"env\.\w+|secret|self\._key|self\._url|self\._mpesa_port|os\.environ\.get|environ\.get"
READ = re.compile(rf"""(?:{_CALLS})\(\s*["']([A-Z][A-Z_]+)["']|os\.environ\[["']([A-Z][A-Z_]+)["']\]""")
# Three variables of one company, read in one place.
LISTENING = re.compile(r'self\._listening\("([A-Z_]+)"\)')
# Set by our own programs for one another, or by the system; nobody is asked to choose them.
INTERNAL = {
    "DEV_VENV",
    "DJANGO_ALLOW_ASYNC_UNSAFE", "DJANGO_SETTINGS_MODULE", "ENV_FILE",
    "PLAYWRIGHT_BROWSERS_PATH", "PYTEST_XDIST_WORKER",
    "SANDBOX_STOPS_WITH", "TESTING", "TEST_DATABASE_TEMPLATE", "TEST_REDIS_URL",
}  # fmt: skip


def variables_read():
    files = [path for path in ROOT.rglob("*.py") if not {".venv", "tests", "var"} & set(path.parts)]
    found = {name for path in files for match in READ.findall(path.read_text()) for name in match if name}
    companies = (ROOT / "marketplace" / "companies.py").read_text()
    for name in LISTENING.findall(companies):
        found |= {f"{name}_CONNECT_SECONDS", f"{name}_READ_SECONDS", f"{name}_CA_BUNDLE"}
    return found - INTERNAL


def variables_named():
    text = (ROOT / ".env.example").read_text()
    return set(re.findall(r"^(?:# )?([A-Z][A-Z_]+)=", text, re.MULTILINE))


def test_every_variable_is_named():
    assert sorted(variables_read() - variables_named()) == []


def test_nothing_is_named_that_nobody_reads():
    assert sorted(variables_named() - variables_read()) == []
