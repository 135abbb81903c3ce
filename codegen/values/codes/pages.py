"""Codes of stage 2: documentation pages, catalogs and plain schemas."""

from __future__ import annotations

from typing import Final

from codegen.values.codes.diagnostic_code import Code, Example, document, entry, schema

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
        "A documentation page shows the model's schemas as JSON, but this text contains none. "
        "Pages expand their schemas on a click, so that a copy may lack them.",
        wrong=_page(sample="prompt=A hill.", parts=("The input is a prompt.\n",)),
        right=_RIGHT,
    ),
    "RC202": Code(
        "no input schema in the page",
        "The page contains JSON, but nothing with properties that could be the model's inputs. "
        "Without them, no class can be generated.",
        wrong=_page(parts=('{"status": "in_queue"}\n',)),
        right=_RIGHT,
    ),
    "RC203": Code(
        "no model id",
        "The id determines the URL of paid requests, so it is never guessed. A schema alone does not contain it.",
        wrong=schema(_SCHEMA, options=""),
        right=schema(_SCHEMA),
    ),
    "RC204": Code(
        "two model ids in one page",
        "The page shows calls of two models, so it is not clear which of them the schemas belong to. "
        "A wrong choice would send paid requests to the wrong model.",
        wrong=_page(parts=("--url https://model-api.runcomfy.net/v1/models/acme/other\n", _SCHEMA, _OUTPUT)),
        right=_RIGHT,
    ),
    "RC205": Code(
        "another model id than the one in --id",
        "The id on the command line is not that of the page. One of the two is wrong, and would send "
        "requests to the wrong model.",
        wrong=_page(options="--id acme/other"),
        right=_page(options="--id acme/model"),
    ),
    "RC206": Code(
        "a sample body that does not match the schema",
        "A sample contains the required inputs, so the sample or the schema of this page is out of date. "
        "If it is the schema, the client requires or lacks an input, unlike the server.",
        wrong=_page(sample='{"text": "A hill."}'),
        right=_RIGHT,
    ),
    "RC207": Code(
        "no output schema in the page",
        "Without it, the output has only the fields for images, videos and audio files that all models share. The model "
        "can be used nevertheless.",
        wrong=_page(parts=(_SCHEMA,)),
        right=_RIGHT,
    ),
    "RC208": Code(
        "an invalid sample body",
        "The sample of the page is not valid JSON, so the example of the model is generated from its schema instead.",
        wrong=_page(sample='{"prompt": "A hill.",}'),
        right=_RIGHT,
    ),
    "RC209": Code(
        "neither a page, a catalog nor a schema",
        "The file is valid JSON, but does not describe a model. It may be the response of another endpoint.",
        wrong=schema('{"status": "completed"}\n'),
        right=schema(_SCHEMA),
    ),
    "RC210": Code(
        "not a list of models",
        'A catalog is an object whose "models" is a list with at least one entry. Anything else is most likely an '
        "error response or an incomplete copy.",
        wrong=Example("add catalog.json", {"catalog.json": '{"models": {"acme/model": {}}}\n'}),
        right=_catalog("acme/model"),
    ),
    "RC211": Code(
        "one id for several models",
        "Two entries have the same id, and the last would silently replace the first. Only you can decide which one is correct.",
        wrong=_catalog("acme/model", "acme/model"),
        right=_catalog("acme/model", "acme/other"),
    ),
    "RC212": Code(
        "a part of a catalog",
        "The response has several pages, and this is one of them. Models of the other pages would be missing, or out of date.",
        wrong=_catalog("acme/model", more=', "total": 2, "limit": 1, "offset": 0'),
        right=_catalog("acme/model", "acme/other", more=', "total": 2, "limit": 2, "offset": 0'),
    ),
    "RC213": Code(
        "a file of another format",
        "Only documentation pages, catalogs, catalog entries and input schemas are supported. A guess at another format "
        "could give a class that requires or lacks an input.",
        wrong=Example("add openapi.json", {"openapi.json": '{"openapi": "3.1.0", "paths": {}}\n'}),
        right=schema(_SCHEMA),
    ),
    "RC290": Code(
        "a model that is given twice",
        "Two of the files describe the same model, and the last one would silently replace the first.",
        wrong=Example("add a.json b.json", {"a.json": document(), "b.json": document()}),
        right=entry(),
    ),
}
