"""The countries we trade in, found by looking in the countries folder."""

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules

from marketplace.markets import countries
from marketplace.markets.base import Market

_profiles: list[Market] = [
    import_module(f"{countries.__name__}.{module.name}").MARKET for module in iter_modules(countries.__path__)
]
MARKETS: dict[str, Market] = {market.code: market for market in _profiles}


def get(code: str) -> Market:
    """Raises KeyError for a country we do not trade in."""
    return MARKETS[code]


def for_host(host: str, extra: Mapping[str, str] | None = None) -> Market | None:
    """The market a host name belongs to; `extra` maps further hosts to codes (setting MARKET_HOSTS)."""
    if extra and host in extra:
        return MARKETS[extra[host]]
    return next((market for market in MARKETS.values() if host in market.hosts), None)
