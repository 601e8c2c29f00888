"""Full text search without accents and plurals, and the columns of a product that Postgres keeps itself."""

from django.db import migrations

# Accents go first, then plural endings, then Snowball: "limões" meets "limão", "lápices" meets "lápiz".
# Core PostgreSQL only, so that any managed server will do.
STRIP = r"regexp_replace(normalize(lower(words), NFD), '[\u0300-\u036f]', '', 'g')"
PORTUGUESE = [
    (r"(\w)(oes|aes|aos)\y", r"\1ao"),
    (r"(\w\w[ao])is\y", r"\1l"),
    (r"(\w\w)eis\y", r"\1el"),
    (r"(\w\w)uis\y", r"\1ul"),
    (r"(\w\w)ns\y", r"\1m"),
    (r"(\w\w[rzsn])es\y", r"\1"),
    (r"(\w[aeiou])s\y", r"\1"),
]
SPANISH = [
    (r"(\w\w)ces\y", r"\1z"),
    (r"(\w\w[bdfjlmnrsvyzgt])es\y", r"\1"),
    (r"(\w[aeiou])s\y", r"\1"),
]


def fold(language: str, rules: list[tuple[str, str]]) -> str:
    expression = STRIP
    for pattern, replacement in rules:
        expression = f"regexp_replace({expression}, '{pattern}', '{replacement}', 'g')"
    return (
        f"CREATE FUNCTION market_fold_{language}(words text) RETURNS text"
        f" IMMUTABLE PARALLEL SAFE STRICT LANGUAGE sql AS $f$ SELECT {expression} $f$;\n"
    )


def by_language(name: str, result: str, function: str) -> str:
    cases = " ".join(
        f"WHEN '{code}' THEN {function}('pg_catalog.{name_}', market_fold_{code}(coalesce(words, '')))"
        for code, name_ in (("pt", "portuguese"), ("es", "spanish"))
    )
    return f"""
        CREATE FUNCTION {name}(language text, words text) RETURNS {result}
        IMMUTABLE PARALLEL SAFE LANGUAGE sql AS $f$
        SELECT CASE language {cases}
        ELSE {function}('pg_catalog.english', market_fold_en(coalesce(words, ''))) END $f$;
    """


FOLDING = (
    fold("pt", PORTUGUESE)
    + fold("es", SPANISH)
    + fold("en", [])
    + by_language("market_tsv", "tsvector", "to_tsvector")
    + by_language("market_tsq", "tsquery", "websearch_to_tsquery")
)
DROP_FOLDING = """
    DROP FUNCTION market_tsv; DROP FUNCTION market_tsq;
    DROP FUNCTION market_fold_pt; DROP FUNCTION market_fold_es; DROP FUNCTION market_fold_en;
"""

# Name A, tags B, short description and category C, store D.
DESCRIBE = """
CREATE FUNCTION catalog_describe_product() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    category catalog_category%ROWTYPE;
    store text;
BEGIN
    SELECT * INTO category FROM catalog_category WHERE id = NEW.category_id;
    SELECT business_name INTO store FROM sellers_seller WHERE id = NEW.seller_id;
    NEW.search :=
        setweight(market_tsv(NEW.language, NEW.name), 'A')
        || setweight(market_tsv(NEW.language, array_to_string(NEW.tags, ' ')), 'B')
        || setweight(market_tsv(NEW.language, concat_ws(' ', NEW.short_description,
            CASE NEW.language WHEN 'es' THEN category.name_es WHEN 'pt' THEN category.name_pt END)), 'C')
        || setweight(market_tsv('en', category.name_en), 'C')
        || setweight(market_tsv(NEW.language, store), 'D');
    RETURN NEW;
END $$;
CREATE TRIGGER product_described
    BEFORE INSERT OR UPDATE OF name, tags, short_description, language, category_id, seller_id ON catalog_product
    FOR EACH ROW EXECUTE FUNCTION catalog_describe_product();

CREATE FUNCTION catalog_describe_category() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE catalog_product SET category_id = category_id WHERE category_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER category_described AFTER UPDATE OF name_en, name_es, name_pt ON catalog_category
    FOR EACH ROW WHEN (
        (OLD.name_en, OLD.name_es, OLD.name_pt) IS DISTINCT FROM (NEW.name_en, NEW.name_es, NEW.name_pt)
    ) EXECUTE FUNCTION catalog_describe_category();
"""
DROP_DESCRIBE = """
    DROP TRIGGER category_described ON catalog_category; DROP FUNCTION catalog_describe_category;
    DROP TRIGGER product_described ON catalog_product; DROP FUNCTION catalog_describe_product;
"""

# A store that is suspended, approved again or renamed takes its products along at once, whoever did it:
# the sellers app stands below this one and cannot call it.
LISTING = """
CREATE FUNCTION catalog_is_listed(
    status text, review text, deleted_at timestamptz, price numeric, store_status text
) RETURNS boolean IMMUTABLE LANGUAGE sql AS $$
    SELECT status = 'active' AND review = 'approved' AND deleted_at IS NULL AND price > 0
        AND store_status = 'approved'
$$;
CREATE FUNCTION catalog_follow_store() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE catalog_product p SET
        seller_id = seller_id,
        version = version + 1,
        is_listed = catalog_is_listed(status, review, deleted_at, price, NEW.status),
        published_at = CASE
            WHEN catalog_is_listed(status, review, deleted_at, price, NEW.status)
            THEN coalesce(published_at, now()) ELSE published_at END
    WHERE seller_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER store_followed AFTER UPDATE OF status, business_name, slug ON sellers_seller
    FOR EACH ROW WHEN (
        (OLD.status, OLD.business_name, OLD.slug) IS DISTINCT FROM (NEW.status, NEW.business_name, NEW.slug)
    ) EXECUTE FUNCTION catalog_follow_store();
"""
DROP_LISTING = """
    DROP TRIGGER store_followed ON sellers_seller; DROP FUNCTION catalog_follow_store;
    DROP FUNCTION catalog_is_listed;
"""


class Migration(migrations.Migration):
    dependencies = [("catalog", "0001_initial")]

    operations = [
        migrations.RunSQL(FOLDING, DROP_FOLDING),
        migrations.RunSQL(DESCRIBE, DROP_DESCRIBE),
        migrations.RunSQL(LISTING, DROP_LISTING),
    ]
