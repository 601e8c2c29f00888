"""What a cart comes to: by line, by seller and in all. The cart page, the checkout and the order agree."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property

from marketplace.markets.base import City, Market
from orders.commissions import Commission, Tariff
from orders.delivery import DeliveryQuote, choose, quotes
from orders.models import CartLine
from orders.tax import TaxedAmount, TaxGroup, group, tax_line
from sellers.models import Seller

ZERO = Decimal(0)


@dataclass(frozen=True, kw_only=True)
class QuotedLine:
    """A cart line with its price taken apart."""

    line: CartLine
    amounts: TaxedAmount
    tariff: Tariff

    @cached_property
    def commission(self) -> Commission:
        """What the marketplace keeps of it; shoppers do not see it, so it is worked out when asked for."""
        product = self.line.variant.product
        return self.tariff.charge(
            product=product,
            seller=product.seller,
            amount=self.amounts.total,
            quantity=self.line.quantity,
        )

    @property
    def shown(self) -> Decimal:
        """What the line costs at the prices shoppers see."""
        return self.line.variant.price * self.line.quantity

    @property
    def saved(self) -> Decimal:
        """How much less that is than before."""
        variant = self.line.variant
        return (variant.compare_price - variant.price) * self.line.quantity if variant.compare_price else ZERO


@dataclass(frozen=True, kw_only=True)
class Parcel:
    """What one seller delivers."""

    seller: Seller
    lines: tuple[QuotedLine, ...]
    goods: Decimal
    deliveries: tuple[DeliveryQuote, ...]
    chosen: DeliveryQuote | None

    @property
    def net(self) -> Decimal:
        return sum((line.amounts.net for line in self.lines), ZERO)

    @property
    def tax(self) -> Decimal:
        return sum((line.amounts.tax for line in self.lines), ZERO)

    @property
    def delivery(self) -> Decimal:
        return self.chosen.fee if self.chosen else ZERO

    @property
    def total(self) -> Decimal:
        return self.net + self.tax + self.delivery

    @property
    def commission(self) -> Decimal:
        return sum((line.commission.amount for line in self.lines), ZERO)

    @property
    def commission_tax(self) -> Decimal:
        return sum((line.commission.tax for line in self.lines), ZERO)

    @property
    def towards_free(self) -> DeliveryQuote | None:
        """The delivery that would become free if a little more were bought here."""
        return next((quote for quote in self.deliveries if quote.free_from and quote.is_offered), None)


@dataclass(frozen=True, kw_only=True)
class Quote:
    """The whole basket. net + tax + delivery = total, per seller and in all."""

    market: Market
    parcels: tuple[Parcel, ...]

    @property
    def net(self) -> Decimal:
        return sum((parcel.net for parcel in self.parcels), ZERO)

    @property
    def tax(self) -> Decimal:
        return sum((parcel.tax for parcel in self.parcels), ZERO)

    @property
    def goods(self) -> Decimal:
        return sum((parcel.goods for parcel in self.parcels), ZERO)

    @property
    def delivery(self) -> Decimal:
        return sum((parcel.delivery for parcel in self.parcels), ZERO)

    @property
    def total(self) -> Decimal:
        return self.net + self.tax + self.delivery

    @property
    def saved(self) -> Decimal:
        return sum((line.saved for parcel in self.parcels for line in parcel.lines), ZERO)

    @property
    def taxes(self) -> list[TaxGroup]:
        return group(self.market, (line.amounts for parcel in self.parcels for line in parcel.lines))

    @property
    def sellers(self) -> list[Seller]:
        return [parcel.seller for parcel in self.parcels]


def quote(
    *,
    market: Market,
    lines: Iterable[CartLine],
    day: date,
    city: City | None = None,
    wanted: Mapping[int, str] | None = None,
    tariff: Tariff | None = None,
) -> Quote:
    """Price the lines (from carts.contents) for delivery to a city; `wanted` maps seller ids to kinds."""
    tariff = tariff or Tariff(market=market, day=day)
    by_seller: dict[int, list[CartLine]] = {}
    for line in lines:
        by_seller.setdefault(line.variant.product.seller_id, []).append(line)
    return Quote(
        market=market,
        parcels=tuple(
            _parcel(tariff, its_lines, city, (wanted or {}).get(seller_id, ""))
            for seller_id, its_lines in by_seller.items()
        ),
    )


def _parcel(tariff: Tariff, lines: list[CartLine], city: City | None, wanted: str) -> Parcel:
    seller, market = lines[0].variant.product.seller, tariff.market
    goods = sum((line.variant.price * line.quantity for line in lines), ZERO)
    offered = quotes(market=market, seller=seller, goods=goods, city=city, day=tariff.day)
    return Parcel(
        seller=seller,
        lines=tuple(_line(tariff, line) for line in lines),
        goods=goods,
        deliveries=tuple(offered),
        chosen=choose(offered, wanted),
    )


def _line(tariff: Tariff, line: CartLine) -> QuotedLine:
    product = line.variant.product
    amounts = tax_line(
        market=tariff.market,
        tax_class=product.tax_class,
        charges_tax=product.seller.charges_tax,
        amount=line.variant.price * line.quantity,
        day=tariff.day,
    )
    return QuotedLine(line=line, amounts=amounts, tariff=tariff)
