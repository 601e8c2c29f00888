"""The one stylesheet and the one script."""

import gzip

from marketplace.bundling import bundle, shrink_css, shrink_js, with_plain_colours


def test_the_bundles_keep_their_budgets():
    assert len(gzip.compress(bundle("css").content)) <= 14 * 1024
    assert len(gzip.compress(bundle("js").content)) <= 5 * 1024


def test_htmx_comes_packed_and_under_a_name_of_its_own(client):
    name = bundle("htmx").name

    response = client.get(f"/assets/{name}", headers={"Accept-Encoding": "br"})

    assert name.endswith(".htmx")
    assert response["Content-Type"] == "text/javascript; charset=utf-8"
    assert len(response.content) <= 17 * 1024


def test_layers_are_ordered_before_anything_else():
    assert bundle("css").content.startswith(b"@layer reset,tokens,base,layout,components,utilities;")


def test_shrinking_keeps_selectors_and_strings():
    css = (
        '/* note */ .a :hover, .b::before { content: "› " / "";\n  color: red; }\n'
        "@media (min-width: 1rem) { .c { gap: 1px 2px; } }"
    )

    assert shrink_css(css) == (
        '.a :hover,.b::before{content: "› " / "";color: red}@media (min-width: 1rem){.c{gap: 1px 2px}}'
    )


def test_older_browsers_get_the_light_colours():
    css = "@layer tokens{:root{--a: light-dark(#fff,rgb(0 0 0 / 0.5));--b: light-dark(#111,#eee)}}"

    plain, _, modern = with_plain_colours(css).partition("@supports (color: light-dark(red,red))")

    assert plain == "@layer tokens{:root{--a: #fff;--b: #111}}"
    assert modern == f"{{{css}}}"
    assert with_plain_colours(".a{color: red}") == ".a{color: red}"


def test_no_colour_of_the_site_needs_a_new_browser():
    outside = bundle("css").content.decode().split("@supports (color: light-dark(red,red))")

    assert len(outside) > 1
    assert "light-dark(" not in outside[0]


def test_scripts_lose_comments_and_indentation_only():
    js = "// what\nclass A {\n  b() { return `//` }\n}\n\n"

    assert shrink_js(js) == "class A {\nb() { return `//` }\n}\n"


def test_a_bundle_is_served_compressed_for_ever_under_its_own_name(client):
    name = bundle("css").name

    response = client.get(f"/assets/{name}", headers={"Accept-Encoding": "gzip, br"})

    assert response["Content-Encoding"] == "br"
    assert "immutable" in response["Cache-Control"]
    assert response["Content-Type"] == "text/css; charset=utf-8"


def test_an_outdated_name_gets_the_current_bundle_but_is_not_kept(client):
    response = client.get("/assets/site.000000000000.js")

    assert response.content == bundle("js").content
    assert response["Cache-Control"] == "no-cache"


def test_other_kinds_are_not_found(client):
    assert client.get("/assets/site.000000000000.exe").status_code == 404
