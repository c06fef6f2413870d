"""FHIR's JSON is read strictly and without loss."""

from decimal import Decimal

import pytest

from yuanzhen.data.exchange.fhir.text import parse, written
from yuanzhen.infrastructure.errors import Malformed, TooLarge


def refusal(data: bytes) -> str:
    """The code of the refusal of what cannot be read."""
    with pytest.raises(Malformed) as refused:
        parse(data)
    return refused.value.code


def test_decimals_come_back_as_they_were_written():
    text = b'{"value":1.50,"low":0.000010,"high":12345678901234567890.10}'
    assert written(parse(text)) == text
    assert parse(text)["value"] == Decimal("1.50")


def test_chinese_and_emoji_come_back():
    assert parse('{"text":"头痛 😀　全角"}'.encode())["text"] == "头痛 😀　全角"
    assert parse(rb'{"text":"\u5934\ud83d\ude00"}')["text"] == "头😀"


def test_a_mark_of_byte_order_is_passed_over():
    assert parse(b'\xef\xbb\xbf{"a":1}') == {"a": 1}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"nope",
        b'{"a":NaN}',
        b'{"a":Infinity}',
        b'{"a":01}',
        b'{"a":1.}',
        b'{"a":+1}',
        b'{"a":1,}',
        b'{"a":1} x',
        b"{'a':1}",
        b'{"a":"\x01"}',
        b'{"a":"\xff"}',
        b'{"a":"\xed\xa0\x80"}',
        rb'{"a":"\ud800"}',
        rb'{"a":"\udc00 and more"}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
    ],
)
def test_what_is_no_json_is_refused(data):
    assert refusal(data) == "fhir.not_json"


@pytest.mark.parametrize("data", [b"[]", b'"a"', b"1", b"null"])
def test_what_is_no_object_is_refused(data):
    assert refusal(data) == "fhir.no_object"


@pytest.mark.parametrize(
    "data",
    [
        b'{"a":1,"a":2}',
        b'{"a" :1,"a":2}',
        b'{"a"\n:1,"b":{"a":1, "a" : 1}}',
        rb'{"a":1,"\u0061":2}',
        rb'{"x":"\u0022:","a":1,"a":2}',
        rb'{"x":"\"\u003a","a":1,"a":2}',
        rb'{"x":"\"\u0020:","a" :1,"a":2}',
        b'[{"a":[],"a":[{"b":1,"c":2}]}]',
    ],
)
def test_a_name_that_stands_twice_is_refused(data):
    assert refusal(data) == "fhir.name_twice"


@pytest.mark.parametrize(
    "data", [rb'{"a":"\u0022:"}', rb'{"a":"x\": y"}', b'{"a" : " : "}', rb'{"a":"\\","b":"\\\":"}']
)
def test_a_string_that_looks_like_a_name_is_none(data):
    assert parse(data)


def test_what_is_larger_than_allowed_is_not_even_read():
    with pytest.raises(TooLarge) as refused:
        parse(b"[" * 101, largest=100)
    assert refused.value.facts == {"limit_bytes": 100}
