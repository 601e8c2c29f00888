import pytest
from django.urls import reverse

from catalog.tests.factories import make_category, make_product, make_seller

pytestmark = pytest.mark.django_db
SPANISH = [
    "Mochila de lona", "Lápiz de grafito", "Cajón de madera", "Panela orgánica", "Botella térmica",
    "Ruana de lana", "Limón Tahití", "Audífonos inalámbricos", "Café de Nariño", "Sombrero vueltiao",
    "Frijol cargamanto", "Luz de noche",
]  # fmt: skip
PORTUGUESE = [
    "Tomate cereja", "Feijão nhemba", "Limão galego", "Pão de milho", "Mel de Sofala", "Castanha de caju",
    "Farinha de mandioca", "Amendoim torrado", "Papaia", "Anéis de lula", "Ovos caipira", "Maçã",
]  # fmt: skip


@pytest.fixture
def shops():
    for market, names in (("co", SPANISH), ("mz", PORTUGUESE)):
        seller = make_seller(market_code=market, business_name="Tienda")
        category = make_category(market_code=market, name="Things")
        for name in names:
            make_product(seller=seller, category=category, name=name)


def search(client, words, market="co", **query):
    response = client.get(
        reverse("catalog:search"), {"q": words, **query}, headers={"host": f"{market}.localhost"}
    )
    assert response.status_code == 200
    return response


def first_of(response):
    cards = response.context["cards"]
    return cards[0] if cards else ""


@pytest.mark.parametrize(
    ("typed", "name", "market"),
    [
        ("mochila", "Mochila de lona", "co"),
        ("MOCHILAS", "Mochila de lona", "co"),
        ("lapiz", "Lápiz de grafito", "co"),
        ("lápices", "Lápiz de grafito", "co"),
        ("lapices", "Lápiz de grafito", "co"),
        ("cajones", "Cajón de madera", "co"),
        ("panelas organicas", "Panela orgánica", "co"),
        ("limones", "Limón Tahití", "co"),
        ("audifono", "Audífonos inalámbricos", "co"),
        ("cafes", "Café de Nariño", "co"),
        ("narino", "Café de Nariño", "co"),
        ("luces", "Luz de noche", "co"),
        ("frijoles", "Frijol cargamanto", "co"),
        ("tomates", "Tomate cereja", "mz"),
        ("feijoes", "Feijão nhemba", "mz"),
        ("feijão", "Feijão nhemba", "mz"),
        ("limoes", "Limão galego", "mz"),
        ("limões", "Limão galego", "mz"),
        ("paes", "Pão de milho", "mz"),
        ("pães", "Pão de milho", "mz"),
        ("anel", "Anéis de lula", "mz"),
        ("macas", "Maçã", "mz"),
        ("ovo", "Ovos caipira", "mz"),
    ],
)
def test_accents_and_plurals_do_not_matter(client, shops, typed, name, market):
    assert name in first_of(search(client, typed, market))


@pytest.mark.parametrize(
    ("typed", "name", "market"),
    [
        ("mochla", "Mochila de lona", "co"),
        ("sonbrero", "Sombrero vueltiao", "co"),
        ("audifonoz", "Audífonos inalámbricos", "co"),
        ("botela termica", "Botella térmica", "co"),
        ("tonate", "Tomate cereja", "mz"),
        ("castaña", "Castanha de caju", "mz"),
        ("amendoin", "Amendoim torrado", "mz"),
        ("feijau", "Feijão nhemba", "mz"),
    ],
)
def test_a_slip_of_the_finger_is_understood_and_said_so(client, shops, typed, name, market):
    response = search(client, typed, market)

    assert name in first_of(response)
    assert response.context["meant"]
    assert "exact=1" in response.content.decode()


def test_who_means_what_they_typed_gets_it(client, shops):
    response = search(client, "mochla", exact=1)

    assert not response.context["page"].survey.total
    assert "catalog/_nothing_found.html" in [template.name for template in response.templates]


def test_nothing_found_still_leads_somewhere(client, shops):
    html = search(client, "xyzzyqwert").content.decode()

    assert "category-tile" in html
    assert "product-card" in html


def test_the_name_weighs_more_than_the_short_description(client, shops):
    make_product(name="Funda", short_description="para tu hamaca y tu otra hamaca")
    make_product(name="Hamaca")

    assert "Hamaca</a>" in first_of(search(client, "hamaca"))


def test_store_category_and_tags_are_found_too(client):
    category = make_category(name_es="Cerámica", name="Pottery")
    seller = make_seller(business_name="Taller Quimbaya")
    make_product(name="Jarrón", category=category, seller=seller, tags=["regalo"])

    for words in ("ceramicas", "quimbaya", "regalos"):
        assert "Jarrón" in first_of(search(client, words)), words


def test_a_renamed_store_is_found_by_its_new_name_and_shown_with_it(client):
    product = make_product(seller=make_seller(business_name="Vieja"))
    search(client, product.name)

    type(product.seller).objects.filter(pk=product.seller_id).update(business_name="Quetzal")

    assert "Quetzal" in first_of(search(client, "quetzal"))


def test_english_readers_meet_english_category_names(client):
    category = make_category(name_pt="Legumes", name="Vegetables", market_code="mz")
    make_product(category=category, name="Couve")
    client.cookies["django_language"] = "en"

    assert "Couve" in first_of(search(client, "vegetable", "mz"))


def test_quotes_and_minus_work_and_odd_signs_do_no_harm(client, shops):
    assert "Mochila" in first_of(search(client, '"mochila de lona"'))
    assert not search(client, "mochila -lona").context["page"].survey.total
    for odd in ("'", '"', "\\", "%", "a & b | !c", ":*", "<->", "()", "–", "🦜", "a" * 5000, "\x00mochila"):
        search(client, odd)
