"""2,000 random inputs, each with a name, a description and at least six other texts that try to break something.

They are in 100 models of 20 inputs each (a nested object counts as one), which are built in batches and compared with models of the
same shapes with plain words.
"""

from __future__ import annotations

from functools import cache

import pytest

from tests.hostile.module_checks import BuiltModel, assert_module_matches, build_models, skeleton
from tests.hostile.random_models import SHAPES, document

MODELS, INPUTS, GROUPS = 100, 20, 4
SEEDS = range(MODELS)


def made(seeds: range, *, hostile: bool) -> list[BuiltModel]:
    """Build the models of these seeds together."""
    documents = [document(seed, INPUTS, hostile=hostile) for seed in seeds]
    found = build_models(documents)
    return [found[item["model_id"]] for item in documents]


@cache
def plain() -> list[list[str]]:
    """Return the expected structure of the code of each shape."""
    return [skeleton(model.source) for model in made(range(SHAPES), hostile=False)]


def test_the_number_of_random_inputs() -> None:
    assert MODELS * INPUTS == 2000
    assert len({repr(document(seed, INPUTS, hostile=True)["input_schema"]) for seed in SEEDS}) == MODELS


@pytest.mark.parametrize("group", range(GROUPS))
def test_texts_are_kept_never_run_and_do_not_change_the_code(group: int) -> None:
    seeds = SEEDS[group * MODELS // GROUPS : (group + 1) * MODELS // GROUPS]
    for seed, model in zip(seeds, made(seeds, hostile=True), strict=True):
        assert_module_matches(document(seed, INPUTS, hostile=True), model)
        assert skeleton(model.source) == plain()[seed % SHAPES], seed
