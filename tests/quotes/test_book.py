"""The quotes in a folder: equal inputs share a quote until it is submitted, and listing the quotes."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from runcomfy_client._core.protocol.prepared_request import PreparedRequest
from runcomfy_client.batch.states import Stage
from runcomfy_client.catalog import request
from runcomfy_client.prices import Estimate
from runcomfy_client.quotes.book import QuoteBook

KLING: Final = "kling/kling-3.0/standard/image-to-video"


def test_the_quotes_of_a_folder(tmp_path: Path) -> None:
    book = QuoteBook(tmp_path, server_url="https://api.example")
    try:
        order = PreparedRequest.of(request(KLING, prompt="Snow falls.", start_image_url="https://example.com/a.png"))
        price = Estimate(None, False, "")
        first, is_new = book.add(order, [], price)
        assert is_new and book.add(order, [], price)[0].key == first.key  # equal inputs that are not submitted yet share a quote
        assert book.reserve(first.key, None) is not None
        assert book.reserve(first.key, None) is None
        other, is_new = book.add(order, [], price)
        assert is_new and book.same_inputs(other) == book.get(first.key)
        assert (
            [one.key for one in book.latest(9)] == [first.key]
            and book.latest(9, skip=1) == []
            and book.latest(9, model="a/b") == []
        )
        assert [one.key for one in book.in_stages(Stage.SUBMITTING, Stage.PLANNED)] == [first.key, other.key]
    finally:
        book.close()
