"""Codes of stage 6: names in Python."""

from __future__ import annotations

from typing import Final

from codegen.values.codes.diagnostic_code import Code, Example, document

_DASH: Final = "schemas/models/acme/my-model.json"
_SCORE: Final = "schemas/models/acme/my_model.json"
_LOCK: Final = "schemas/names.lock.json"
_TWO: Final = {_DASH: document(model_id="acme/my-model"), _SCORE: document(model_id="acme/my_model")}


def _lock(class_name: str) -> str:
    return f'{{\n  "acme/my_model": {{"module": "acme/my_model_2", "class": "{class_name}"}}\n}}\n'


CODES: Final[dict[str, Code]] = {
    "RC601": Code(
        "two models with the same name",
        "Two ids that differ only in punctuation give the same module or class, and one model would replace the other. "
        "Released names do not change, so the newer model gets another name in the name lock.",
        wrong=Example("build", _TWO),
        right=Example("build", {**_TWO, _LOCK: _lock("MyModel2")}),
    ),
    "RC602": Code(
        "an invalid entry of the name lock",
        "The name lock has the released names of models. An entry that cannot be parsed would give a model a new name, "
        "and break programs that import the old one.",
        wrong=Example("build", {_SCORE: _TWO[_SCORE], _LOCK: _lock("2MyModel")}),
        right=Example("build", {_SCORE: _TWO[_SCORE], _LOCK: _lock("MyModel2")}),
    ),
}
