"""Codes of stage 2: documentation pages, catalogs and plain schemas."""

from __future__ import annotations

from typing import Final

from codegen.values.codes.value import Code, Example, document, entry, schema

_SCHEMA: Final = '{\n  "type": "object",\n  "required": ["prompt"],\n  "properties": {"prompt": {"type": "string"}}\n}\n'
_OUTPUT: Final = '{"output": {"type": "object", "properties": {"image": {"type": "string"}}}}\n'


def _page(
    *,
    endpoint: str = "https://model-api.runcomfy.net/v1/models/acme/model",
    sample: str = '{"prompt": "A hill."}',
    parts: tuple[str, ...] = (_SCHEMA, _OUTPUT),
    options: str = "",
) -> Example:
    call = f"curl --request POST \\\n  --url {endpoint} \\\n  --data '{sample}'\n"
    return Example(f"add page.txt {options}".strip(), {"page.txt": "\n".join((call, *parts))})


def _catalog(*ids: str, more: str = "") -> Example:
    entries = ",\n".join(document(model_id=model_id).strip() for model_id in ids)
    return Example("add catalog.json", {"catalog.json": f'{{"models": [\n{entries}\n]{more}}}\n'})


_RIGHT: Final = _page()

CODES: Final[dict[str, Code]] = {
    "RC201": Code(
        "no JSON in the page",
        "A documentation page shows the model's schemas as JSON, and there is none in this text. "
        "Pages unfold their schemas on a click, so a copy may lack them.",
        wrong=_page(sample="prompt=A hill.", parts=("The input is a prompt.\n",)),
        right=_RIGHT,
    ),
    "RC202": Code(
        "no input schema in the page",
        "There is JSON in the page, but nothing with properties that could be the model's inputs. "
        "Without them there is nothing to make a class of.",
        wrong=_page(parts=('{"status": "in_queue"}\n',)),
        right=_RIGHT,
    ),
    "RC203": Code(
        "no model id",
        "The id is the address that paid requests go to, so it is never guessed. A schema by itself does not say whose it is.",
        wrong=schema(_SCHEMA, options=""),
        right=schema(_SCHEMA),
    ),
    "RC204": Code(
        "two model ids in one page",
        "The page shows calls of two models, so it is open which of them the schemas belong to. "
        "A wrong choice would send paid requests to the wrong model.",
        wrong=_page(parts=("--url https://model-api.runcomfy.net/v1/models/acme/other\n", _SCHEMA, _OUTPUT)),
        right=_RIGHT,
    ),
    "RC205": Code(
        "a model id other than the one asked for",
        "You named one model and gave the page of another. One of the two is a mistake, and it would send "
        "requests to the wrong model.",
        wrong=_page(options="--id acme/other"),
        right=_page(options="--id acme/model"),
    ),
    "RC206": Code(
        "a sample body that does not fit the schema",
        "A sample shows the required inputs, so the sample or the schema of this page is out of date. "
        "If it is the schema, the client demands or lacks an input that the server sees otherwise.",
        wrong=_page(sample='{"text": "A hill."}'),
        right=_RIGHT,
    ),
    "RC207": Code(
        "no output schema in the page",
        "Without it the client knows only that a result has images, videos and audios, as all do. The model "
        "can be used nevertheless.",
        wrong=_page(parts=(_SCHEMA,)),
        right=_RIGHT,
    ),
    "RC208": Code(
        "a broken sample body",
        "The sample of the page is not valid JSON, so the model gets an example made from its schema in "
        "place of the published one.",
        wrong=_page(sample='{"prompt": "A hill.",}'),
        right=_RIGHT,
    ),
    "RC209": Code(
        "neither a page, a catalog nor a schema",
        "The file is sound JSON, but nothing in it says that it describes a model. It may be the answer of another endpoint.",
        wrong=schema('{"status": "completed"}\n'),
        right=schema(_SCHEMA),
    ),
    "RC210": Code(
        "not a list of models",
        'A catalog is an object whose "models" lists at least one entry. Anything else is most likely an '
        "error's answer or a cut copy.",
        wrong=Example("add catalog.json", {"catalog.json": '{"models": {"acme/model": {}}}\n'}),
        right=_catalog("acme/model"),
    ),
    "RC211": Code(
        "one id for several models",
        "Two entries claim the same id, and the last one would win in silence. Only you can tell which of them holds.",
        wrong=_catalog("acme/model", "acme/model"),
        right=_catalog("acme/model", "acme/other"),
    ),
    "RC212": Code(
        "a part of a catalog",
        "The answer was cut into pages, and this is one of them. Models of the other pages would be missing, or stay as they were.",
        wrong=_catalog("acme/model", more=', "total": 2, "limit": 1, "offset": 0'),
        right=_catalog("acme/model", "acme/other", more=', "total": 2, "limit": 2, "offset": 0'),
    ),
    "RC213": Code(
        "a file of another format",
        "Only documentation pages, catalogs, their entries and input schemas are read. Another format is refused by its name; a "
        "reading by guesswork could make a class that demands or lacks an input.",
        wrong=Example("add openapi.json", {"openapi.json": '{"openapi": "3.1.0", "paths": {}}\n'}),
        right=schema(_SCHEMA),
    ),
    "RC290": Code(
        "a model that is given twice",
        "Two of the files describe the same model, and the last one would win in silence.",
        wrong=Example("add a.json b.json", {"a.json": document(), "b.json": document()}),
        right=entry(),
    ),
}
