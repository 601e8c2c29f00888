"""What a cart comes to: by line, by seller and in all. The cart page, the checkout and the order agree."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from marketplace.markets.base import City, Market
from marketplace.money import share
from orders.delivery import DeliveryQuote, choose, quotes
from orders.models import CartLine
from orders.tax import TaxedAmount, TaxGroup, group, tax_line
from sellers.models import Seller

ZERO = Decimal(0)


@dataclass(frozen=True, kw_only=True)
class QuotedLine:
    """A cart line with its price taken apart; the commission is what the marketplace keeps of it."""

    line: CartLine
    amounts: TaxedAmount
    commission_rate: Decimal
    commission: Decimal
    commission_tax: Decimal

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
        return sum((line.commission for line in self.lines), ZERO)

    @property
    def commission_tax(self) -> Decimal:
        return sum((line.commission_tax for line in self.lines), ZERO)

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
) -> Quote:
    """Price the lines (from carts.contents) for delivery to a city; `wanted` maps seller ids to kinds."""
    by_seller: dict[int, list[CartLine]] = {}
    for line in lines:
        by_seller.setdefault(line.variant.product.seller_id, []).append(line)
    return Quote(
        market=market,
        parcels=tuple(
            _parcel(market, its_lines, day, city, (wanted or {}).get(seller_id, ""))
            for seller_id, its_lines in by_seller.items()
        ),
    )


def _parcel(market: Market, lines: list[CartLine], day: date, city: City | None, wanted: str) -> Parcel:
    seller = lines[0].variant.product.seller
    goods = sum((line.variant.price * line.quantity for line in lines), ZERO)
    offered = quotes(market=market, seller=seller, goods=goods, city=city, day=day)
    return Parcel(
        seller=seller,
        lines=tuple(_line(market, seller, line, day) for line in lines),
        goods=goods,
        deliveries=tuple(offered),
        chosen=choose(offered, wanted),
    )


def _line(market: Market, seller: Seller, line: CartLine, day: date) -> QuotedLine:
    amounts = tax_line(
        market=market,
        tax_class=line.variant.product.tax_class,
        charges_tax=seller.charges_tax,
        amount=line.variant.price * line.quantity,
        day=day,
    )
    commission = share(amounts.total, seller.commission, market.currency)
    tax_rate = market.tax_rate(market.commission_tax_class, day)
    return QuotedLine(
        line=line,
        amounts=amounts,
        commission_rate=seller.commission,
        commission=commission,
        commission_tax=share(commission, tax_rate, market.currency),
    )
