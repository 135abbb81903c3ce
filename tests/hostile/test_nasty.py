"""2,000 inputs at random, each with a name, a description and at least six more texts that are made to break something.

They stand in 100 models of 20 inputs each (a nested object counts as one), which are built in batches, and compared with models
of the same shapes in plain words.
"""

from __future__ import annotations

from functools import cache

import pytest

from tests.hostile.examining import Made, examine, make, skeleton
from tests.hostile.nasty import SHAPES, document

MODELS, INPUTS, GROUPS = 100, 20, 4
SEEDS = range(MODELS)


def made(seeds: range, *, nasty: bool) -> list[Made]:
    """The models of these seeds, built in one go."""
    documents = [document(seed, INPUTS, nasty=nasty) for seed in seeds]
    found = make(documents)
    return [found[item["model_id"]] for item in documents]


@cache
def plain() -> list[list[str]]:
    """What the code of each shape is to do."""
    return [skeleton(model.source) for model in made(range(SHAPES), nasty=False)]


def test_the_number_of_random_inputs() -> None:
    assert MODELS * INPUTS == 2000
    assert len({repr(document(seed, INPUTS, nasty=True)["input_schema"]) for seed in SEEDS}) == MODELS


@pytest.mark.parametrize("group", range(GROUPS))
def test_texts_are_kept_never_run_and_do_not_change_the_code(group: int) -> None:
    seeds = SEEDS[group * MODELS // GROUPS : (group + 1) * MODELS // GROUPS]
    for seed, model in zip(seeds, made(seeds, nasty=True), strict=True):
        examine(document(seed, INPUTS, nasty=True), model)
        assert skeleton(model.source) == plain()[seed % SHAPES], seed
