"""The quotes of a folder: a key of the caller's own, and looking at what there is."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from runcomfy_client._core.protocol.prepared_request import PreparedRequest
from runcomfy_client.batch.states import Stage
from runcomfy_client.catalog import request
from runcomfy_client.prices import Estimate
from runcomfy_client.quotes.book import QuoteBook

KLING: Final = "kling/kling-3.0/standard/image-to-video"


def test_a_key_of_the_callers_own_gives_one_quote_wherever_it_stands(tmp_path: Path) -> None:
    book = QuoteBook(tmp_path, server_url="https://api.example")
    try:
        order = PreparedRequest.of(request(KLING, prompt="Snow falls.", start_image_url="https://example.com/a.png"))
        price = Estimate(None, False, "")
        first, is_new = book.add(order, [], price, key="run_1")
        assert is_new and first.key == "run_1"
        assert book.add(order, [], price, key="run_2")[0].key == "run_1"  # the same inputs, not sent yet: one job at most
        assert book.reserve("run_1", None) is not None
        again, is_new = book.add(order, [], price, key="run_1")
        assert (again.row.stage, is_new) == (Stage.SUBMITTING, False)
        other, is_new = book.add(order, [], price, key="run_2")
        assert is_new and book.same_inputs(other) == again
        assert [one.key for one in book.latest(1)] == ["run_2"] and book.latest(9, model="a/b") == []
        assert [one.key for one in book.in_stages(Stage.SUBMITTING, Stage.PLANNED)] == ["run_1", "run_2"]
    finally:
        book.close()
