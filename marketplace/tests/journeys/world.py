"""A small country to trade in: three stores with an owner each, and what they sell."""

from dataclasses import dataclass, field

from catalog.tests.factories import make_category, make_product
from marketplace import markets
from marketplace.accounts.tests.factories import make_user
from orders.tests.factories import set_deliveries
from payments.tests.factories import make_destination
from sellers.tests.factories import make_seller

GOODS = {
    "mz": (
        ("Machamba da Lurdes", "Tomate maduro", "120", "MZ_EXEMPT"),
        ("Mel de Gorongosa", "Mel de flores", "350", "MZ_GENERAL_16"),
        ("Padaria do Bairro", "Pão de milho", "90", "MZ_REDUCED_5"),
    ),
    "co": (
        ("Cumbre y Ruta", "Mochila de montaña", "189000", "CO_GENERAL_19"),
        ("Hilos del Valle", "Ruana de lana", "95000", "CO_REDUCED_5"),
        ("Café La Ceiba", "Café de altura", "32000", "CO_EXEMPT_0"),
    ),
}
PEOPLE = {
    "mz": {
        "email": "joana@example.com",
        "first_name": "Joana",
        "last_name": "Macuácua",
        "phone": "84 123 4512",
        "place": "MPM:Maputo",
        "street": "Av. 24 de Julho 1250",
    },
    "co": {
        "email": "ana@example.com",
        "first_name": "Ana",
        "last_name": "Gómez",
        "phone": "300 123 4567",
        "place": "11:Bogotá",
        "street": "Calle 72 # 10-34",
    },
}


@dataclass
class World:
    code: str
    sellers: list = field(default_factory=list)
    owners: list = field(default_factory=list)
    products: list = field(default_factory=list)

    @property
    def market(self):
        return markets.get(self.code)

    @property
    def details(self):
        return PEOPLE[self.code]


def build(code):
    world = World(code)
    shelf = make_category("Mercado", market_code=code)
    for number, (store, name, price, tax_class) in enumerate(GOODS[code]):
        owner = make_user(
            f"store{number}-{code}@example.com",
            market_code=code,
            first_name="Bento",
            language=markets.get(code).languages[number % 2],
        )
        seller = make_seller(market_code=code, owner=owner, business_name=store)
        set_deliveries(seller, shipping={}, pickup={})
        make_destination(seller)
        world.owners.append(owner)
        world.sellers.append(seller)
        world.products.append(
            make_product(
                seller=seller, category=shelf, name=name, price=price, tax_class=tax_class, on_hand=10
            )
        )
    return world
