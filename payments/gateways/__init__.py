"""Payment companies: each sibling module that defines a Gateway subclass adds one."""

from importlib import import_module
from pkgutil import iter_modules

from django.conf import settings

from marketplace.companies import OPTIONAL

from .base import Gateway

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")

_GATEWAYS: dict[str, type[Gateway]] = {gateway.code: gateway for gateway in Gateway.__subclasses__()}


def codes() -> frozenset[str]:
    return frozenset(_GATEWAYS)


def get(code: str) -> Gateway:
    """The gateway with this code, or KeyError."""
    return _GATEWAYS[code](settings.GATEWAY_CREDENTIALS[code])


def is_ready(code: str) -> bool:
    """Whether this company can be asked at all: we know how to talk to it, and have all its keys."""
    keys = settings.GATEWAY_CREDENTIALS.get(code, {})
    return code in _GATEWAYS and bool(keys) and all(keys[name] or name in OPTIONAL for name in keys)
