"""Payment companies: each sibling module that defines a Gateway subclass adds one."""

from importlib import import_module
from pkgutil import iter_modules

from django.conf import settings

from .base import Gateway

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")

_GATEWAYS: dict[str, type[Gateway]] = {gateway.code: gateway for gateway in Gateway.__subclasses__()}


def codes() -> frozenset[str]:
    return frozenset(_GATEWAYS)


def get(code: str) -> Gateway:
    """The gateway with this code, or KeyError."""
    return _GATEWAYS[code](settings.GATEWAY_CREDENTIALS[code])
