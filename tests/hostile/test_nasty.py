"""2,000 inputs at random, each with a name, a description and at least six more texts that are made to break something.

They stand in 100 models of 20 inputs each (a nested object counts as one), which are built in two batches, and compared with models
of the same shapes in plain words.
"""

from __future__ import annotations

import pytest

from tests.hostile.examining import Made, examine, make, skeleton
from tests.hostile.nasty import SHAPES, document

MODELS, INPUTS = 100, 20
SEEDS = range(MODELS)


def made(count: int, *, nasty: bool) -> list[Made]:
    """The models of so many seeds, built in batches that one process makes."""
    documents = [document(seed, INPUTS, nasty=nasty) for seed in range(count)]
    found = {key: value for start in range(0, count, 50) for key, value in make(documents[start : start + 50]).items()}
    return [found[item["model_id"]] for item in documents]


@pytest.fixture(scope="module")
def nasty() -> list[Made]:
    return made(MODELS, nasty=True)


@pytest.fixture(scope="module")
def plain() -> list[Made]:
    return made(SHAPES, nasty=False)


def test_there_are_enough() -> None:
    assert MODELS * INPUTS == 2000
    assert len({repr(document(seed, INPUTS, nasty=True)["input_schema"]) for seed in SEEDS}) == MODELS


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_is_lost_and_nothing_runs(seed: int, nasty: list[Made]) -> None:
    examine(document(seed, INPUTS, nasty=True), nasty[seed])


@pytest.mark.parametrize("seed", SEEDS)
def test_texts_do_not_change_what_the_code_does(seed: int, nasty: list[Made], plain: list[Made]) -> None:
    assert skeleton(nasty[seed].source) == skeleton(plain[seed % SHAPES].source)
