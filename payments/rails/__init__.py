"""Ways of paying sellers: each sibling module that defines a Rail subclass adds one."""

from importlib import import_module
from pkgutil import iter_modules

from django.conf import settings

from .base import Rail

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")

_RAILS: dict[str, type[Rail]] = {rail.code: rail for rail in Rail.__subclasses__()}


def codes() -> frozenset[str]:
    return frozenset(_RAILS)


def callers() -> frozenset[str]:
    """Those that call us when a payout moved."""
    return frozenset(code for code, rail in _RAILS.items() if rail.calls_back)


def get(code: str) -> Rail:
    """The rail with this code, or KeyError."""
    return _RAILS[code](settings.RAIL_CREDENTIALS[code])
