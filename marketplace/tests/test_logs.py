"""Records are for operators: they say what happened, and keep quiet about people and keys."""

import json
import logging

import pytest
import structlog

from marketplace import logs


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("mail to ana@example.com refused", "ana@example.com"),
        ("call +258 84 123 4567 now", "84 123 4567"),
        ("card 4242424242424242 declined", "4242424242424242"),
        ("Authorization: Bearer abc.def-123", "abc.def-123"),
        ("key prv_test_abcdef0123456789 refused", "abcdef0123456789"),
        ("GET /o/Zk3hG-secretsecret/", "Zk3hG-secretsecret"),
    ],
)
def test_personal_data_and_keys_are_taken_out(text, gone):
    assert gone not in logs.redact(text)


@pytest.mark.parametrize("text", ["order CO-20261121-7K2M4PQR paid", "took 1234 ms", "payment 99123"])
def test_what_operators_search_for_stays(text):
    assert logs.redact(text) == text


def test_values_are_hidden_by_their_names_however_deep():
    record = {
        "event": "x",
        "company": {"api_key": "k", "answer": [{"phone": "841"}, {"code_of_answer": "INS-0"}]},
    }

    redacted = logs.redact_record(None, "info", record)

    assert redacted["company"]["api_key"] == "<redacted>"
    assert redacted["company"]["answer"] == [{"phone": "<redacted>"}, {"code_of_answer": "INS-0"}]


def test_libraries_records_become_redacted_json(capsys):
    kept = structlog.get_config(), logging.root.handlers[:], logging.root.level
    logs.configure(json=True, level="INFO")
    try:
        logging.getLogger("some.library").warning("sent to %s", "bento@example.com")
    finally:
        structlog.configure(**kept[0])
        logging.root.handlers[:], logging.root.level = kept[1], kept[2]

    record = json.loads(capsys.readouterr().err.splitlines()[-1])
    assert record["event"] == "sent to <email>"
    assert record["logger"] == "some.library"


def test_a_request_keeps_the_id_it_brings(client):
    response = client.get("/health/live", headers={"X-Request-ID": "proxy-0123456789"})

    assert response["X-Request-ID"] == "proxy-0123456789"


@pytest.mark.parametrize(
    "offered", ["", "short", "x" * 65, "a\nb-forged-record", "<script>alert(1)</script>"]
)
def test_a_request_with_a_strange_id_gets_a_new_one(client, offered):
    response = client.get("/health/live", headers={"X-Request-ID": offered})

    assert response["X-Request-ID"] != offered
    assert len(response["X-Request-ID"]) == 32
