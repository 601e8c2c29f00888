"""XML from strangers is read small and plain, or not at all."""

import pytest

from payments.gateways.strict_xml import MAX_BYTES, MAX_DEPTH, UnsafeXml, parse

BILLION_LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">'
    + b"".join(
        b'<!ENTITY lol%d "%s">' % (number, b"&lol%d;" % (number - 1) * 10 if number > 1 else b"&lol;" * 10)
        for number in range(1, 10)
    )
    + b"]><return><errorCode>&lol9;</errorCode></return>"
)
ATTACKS = {
    "a billion laughs": BILLION_LAUGHS,
    "one entity blown up": b'<!DOCTYPE a [<!ENTITY x "'
    + b"x" * 30_000
    + b'">]><a>'
    + b"&x;" * 5000
    + b"</a>",
    "a file of ours": b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
    "an address inside": b'<!DOCTYPE a [<!ENTITY x SYSTEM "http://127.0.0.1/">]><a>&x;</a>',
    "a parameter entity": b'<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1/x.dtd"> %x;]><a/>',
    "a document type elsewhere": b'<!DOCTYPE a SYSTEM "http://127.0.0.1/a.dtd"><a/>',
    "an empty document type": b"<!DOCTYPE a><a/>",
    "an entity nobody declared": b"<a>&x;</a>",
    "too deep": b"<a>" * (MAX_DEPTH + 1) + b"</a>" * (MAX_DEPTH + 1),
    "very deep": b"<a>" * 15_000,
    "too large": b"<a>" + b" " * MAX_BYTES + b"</a>",
    "cut short": b"<a><b>",
    "two roots": b"<a/><b/>",
    "nothing": b"",
    "words": b"Service Unavailable",
    "no letters": b"\x00\xff\xfe",
    "wrong encoding": '<?xml version="1.0" encoding="UTF-8"?><a>não</a>'.encode("latin-1"),
    "an unheard-of encoding": b'<?xml version="1.0" encoding="klingon"?><a/>',
    "an encoding that needs a state": b'<?xml version="1.0" encoding="utf-7"?><a/>',
    "attributes twice": b'<a b="1" b="2"/>',
}


@pytest.mark.parametrize("document", ATTACKS.values(), ids=ATTACKS)
def test_what_no_honest_company_sends_is_refused(document):
    with pytest.raises(UnsafeXml):
        parse(document)


def test_prefixes_attributes_and_comments_are_of_no_interest():
    found = parse(b'<S:a xmlns:S="urn:x"><!-- b --><ns2:b kind="c">  1&lt;2 <![CDATA[<3]]></ns2:b></S:a>')
    assert found.name == "a"
    assert found.child_texts() == {"b": "1<2 <3"}


def test_undeclared_prefixes_do_not_matter():
    assert parse(b"<x:a><y:b>1</y:b></x:a>").child_texts() == {"b": "1"}


@pytest.mark.parametrize("before", [b"\xef\xbb\xbf", b"\n\n", b"0x1F ", b"some words & signs "])
def test_what_stands_before_the_declaration_is_passed_over(before):
    assert parse(before + b'<?xml version="1.0"?><a>1</a>').text == "1"


def test_an_element_is_found_wherever_it_is_and_the_first_counts():
    found = parse(b"<a><b><c>1</c></b><c>2</c></a>")
    assert found.find("c").text == "1"
    assert found.find("d") is None


def test_the_largest_and_deepest_that_is_allowed_is_read():
    assert parse(b"<a>" * MAX_DEPTH + b"1" + b"</a>" * MAX_DEPTH).find("a").name == "a"
    filler = b" " * (MAX_BYTES - len(b"<a></a>"))
    assert parse(b"<a>" + filler + b"</a>").text == ""
