"""Estimates: Decimal arithmetic on published prices, as text, including unknown parts; no calls are made."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from runcomfy_client import AsyncRunComfy, Estimate, RawRequest, RunComfy, request
from runcomfy_client.catalog import all_documents
from runcomfy_client.prices import estimate_inputs, price_words, usd_text

PHOTO = "https://example.com/photo.png"
WAN: dict[str, Any] = {
    "unit": "second",
    "usd": {"resolution": {"480p": 0.0624, "720p": 0.124, "1080p": 0.249}},
    "unknown": [{"inputs": ["reference_videos"], "text": "the length of the reference videos is billed too"}],
    "source": "price list",
    "date": "2026-11-25",
}


def document(unit: str | None = None, usd: Any = None, table: Any = None, output: Any = None, **properties: Any) -> dict[str, Any]:
    return {
        "base_price_usd": usd,
        "price_unit": unit,
        "pricing_note": None,
        "price_table": table,
        "input_schema": {"properties": properties},
        "output_schema": output,
    }


def wan(**inputs: Any) -> Estimate:
    properties: dict[str, Any] = {"duration": {"default": 5}, "resolution": {"default": "720p"}, "reference_videos": {}}
    return estimate_inputs(document(table=WAN, **properties), inputs)


@pytest.mark.parametrize(
    ("unit", "usd", "properties", "inputs", "expected", "basis"),
    [
        ("second", 0.084, {"duration": {"default": 10}}, {"duration": 5}, "0.42", "0.084 USD a second x 5 seconds"),
        ("second", 0.084, {"duration": {"default": 10}}, {}, "0.84", "0.084 USD a second x 10 seconds, the server's default"),
        ("second", 0.1, {"duration": {}}, {"duration": "8"}, "0.8", "0.1 USD a second x 8 seconds"),
        ("second", 0.1, {"duration": {}}, {"duration": 2.5}, "0.25", "0.1 USD a second x 2.5 seconds"),
        ("second", 0.1, {"duration": {}}, {"duration": "auto"}, None, "the price is per second, and duration is 'auto'"),
        ("second", 0.1, {"duration": {}}, {}, None, "duration is not set, and its default is not documented"),
        ("second", 0.1, {}, {}, None, "no input gives the length"),
        ("image", 0.03, {"num_images": {"default": 1}}, {"num_images": 4}, "0.12", "0.03 USD an image x 4 images"),
        ("image", 0.03, {"n": {"default": 1}}, {}, "0.03", "0.03 USD an image x 1 image"),
        ("image", 0.03, {}, {}, None, "gives the number of images"),
        ("output", 0.2, {"duration": {"default": 5}}, {}, "0.2", "0.2 USD an output"),
        ("megapixel", 0.2, {}, {}, None, "does not know how to count the unit 'megapixel'"),
        (None, 0.2, {}, {}, None, "without its unit"),
        ("second", None, {"duration": {"default": 5}}, {}, None, "no price is published"),
        ("second", 0, {"duration": {"default": 5}}, {}, "0", "0 USD a second x 5 seconds"),
    ],
)
def test_a_base_price(unit: str | None, usd: Any, properties: Any, inputs: Any, expected: str | None, basis: str) -> None:
    found = estimate_inputs(document(unit, usd, **properties), inputs)
    assert found.usd == (None if expected is None else Decimal(expected))
    assert basis in found.basis
    assert not found.exact
    assert bool(found.unknown) or found.usd is None


def test_one_image_where_the_output_schema_has_one() -> None:
    one: dict[str, Any] = {"properties": {"image": {}}}
    several: dict[str, Any] = {"properties": {"image": {}, "images": {}}}
    assert estimate_inputs(document("image", 0.03, output=one), {}).usd == Decimal("0.03")
    assert estimate_inputs(document("image", 0.03, output=several), {}).usd is None


def test_a_price_table_by_input() -> None:
    assert wan(duration=10, resolution="480p").usd == Decimal("0.624")
    assert wan().usd == Decimal("0.62")
    assert wan().basis == "0.124 USD a second with resolution 720p x 5 seconds, the server's default"
    assert wan(reference_videos=[]).usd == Decimal("0.62")
    with_videos = wan(reference_videos=["https://example.com/a.mp4"])
    assert with_videos.usd is None
    assert "the length of the reference videos is billed too; the rest costs 0.62 USD" in with_videos.basis
    assert wan(resolution="4k").usd is None


def test_factors_multiply() -> None:
    table = {**WAN, "usd": 0.1, "factors": {"audio": {"true": 2, "false": 1}, "speed": {"fast": 1.5}}}
    priced = document(table=table, duration={}, audio={"default": True}, speed={})
    assert estimate_inputs(priced, {"duration": 3, "speed": "fast"}).usd == Decimal("0.9")
    assert estimate_inputs(priced, {"duration": 3, "speed": "fast", "audio": False}).usd == Decimal("0.45")
    assert estimate_inputs(priced, {"duration": 3}).usd is None


@given(st.decimals("0.0001", "10", places=4), st.integers(1, 1000))
def test_the_sum_never_uses_floats(price: Decimal, seconds: int) -> None:
    found = estimate_inputs(document("second", float(price), duration={}), {"duration": seconds})
    assert found.usd == price * seconds
    assert Decimal(usd_text(price * seconds)) == price * seconds


def test_clients_and_requests_return_the_same_estimate_without_a_call() -> None:
    clip = request("bytedance/seedance-2.5/image-to-video/480p", prompt="x", image=PHOTO, duration=8)
    assert clip.estimate().usd == Decimal("1.36")
    nowhere = "http://127.0.0.1:9"
    assert RunComfy("t", base_url=nowhere).estimate(clip) == clip.estimate()
    assert AsyncRunComfy("t", base_url=nowhere).estimate(clip) == clip.estimate()
    raw = RawRequest(model=clip.model_id, inputs={"duration": 8})
    assert raw.estimate() == clip.estimate()
    assert clip.with_extra_inputs({"duration": 40}).estimate().usd == Decimal("6.8")
    assert RawRequest(model="a/b", inputs={}).estimate().usd is None


def test_the_client_contains_only_price_tables_with_a_source() -> None:
    priced = {item.model_id: item.raw["price_table"]["usd"] for item in all_documents() if item.raw["price_table"]}
    start = "bytedance/seedance-2.5/image-to-video/"
    assert priced == {f"{start}480p": 0.17, f"{start}720p": 0.35}


def test_prices_in_words() -> None:
    assert price_words({"price_table": WAN}).startswith("0.0624 USD per second with resolution 480p, 0.124 USD per second")
    assert (
        price_words({"base_price_usd": 0.00001, "price_unit": "image"}) == "0.00001 USD per image; the inputs may change the price"
    )
    assert price_words({}) == ""
