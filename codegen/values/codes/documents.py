"""Codes of stage 3: schema documents and their corrections."""

from __future__ import annotations

from typing import Final

from codegen.values.codes.diagnostic_code import Code, Example, document, entry

_MODEL: Final = "schemas/models/acme/model.json"
_CORRECTIONS: Final = "schemas/corrections/acme/model.json"


def _corrected(content: str, *, path: str = _CORRECTIONS) -> Example:
    return Example("build", {_MODEL: document(), path: content})


def _correction(*changes: str, reason: str = "The page shows it so.") -> Example:
    listed = ",\n".join(f"    {change}" for change in changes)
    return _corrected(f'{{"corrections": [{{\n  "reason": "{reason}",\n  "changes": [\n{listed}\n  ]\n}}]}}\n')


_RIGHT: Final = _correction('{"at": "/display_name", "now": "Model 1"}')


def _two_models(other: str) -> Example:
    return Example("build", {"schemas/models/acme/model.json": document(), other: document(model_id="acme/other")})


CODES: Final[dict[str, Code]] = {
    "RC301": Code(
        "not a schema document",
        "A file below schemas/models describes one model: it is an object with its input_schema, or that schema itself.",
        wrong=Example("build", {_MODEL: f"[\n{document()}]\n"}),
        right=Example("build", {_MODEL: document()}),
    ),
    "RC302": Code(
        "a model id that is not a string",
        "The id becomes a part of the URL of requests. A number or null is a mistake in the entry.",
        wrong=Example("add entry.json", {"entry.json": document().replace('"acme/model"', "7")}),
        right=entry(),
    ),
    "RC303": Code(
        "not a model id",
        "Ids become URLs, paths of files and names in Python. "
        "Only the format that the service uses is accepted, so that an id cannot lead out of its folder or to another URL.",
        wrong=Example("add entry.json", {"entry.json": document(model_id="acme/../model")}),
        right=entry(),
    ),
    "RC304": Code(
        "a model id that does not match its path",
        "The path of a document corresponds to its id, so that nobody edits the wrong file. Here, the path or --id is that of "
        "another model.",
        wrong=Example("build", {"schemas/models/acme/other.json": document()}),
        right=Example("build", {_MODEL: document()}),
    ),
    "RC305": Code(
        "a key with a value of the wrong type",
        "The documentation and the groups of models are generated from these keys. A value that cannot be parsed would be lost "
        "silently.",
        wrong=entry('"categories": "text-to-video",'),
        right=entry('"categories": ["text-to-video"],'),
    ),
    "RC306": Code(
        "no input schema",
        "The class of a model is generated from the schema of its inputs. A catalog contains it only if it was requested "
        "with include_schema=true.",
        wrong=Example("add entry.json", {"entry.json": '{"model_id": "acme/model", "display_name": "Model"}\n'}),
        right=entry('"display_name": "Model",'),
    ),
    "RC307": Code(
        "an output schema of an unknown structure",
        'An output schema is a JSON schema, or {"output": ...} with a JSON schema, as on the pages. '
        "From anything else, the types of the result would be wrong, which shows only after the job is paid for.",
        wrong=entry('"output_schema": {"result": {"image": "string"}},'),
        right=entry('"output_schema": {', '  "type": "object", "properties": {"image": {"type": "string"}}', "},"),
    ),
    "RC308": Code(
        "an endpoint that does not belong to the model",
        "Requests contain your token, and are sent only to the URL that follows from the model's id. "
        "A document with another URL is wrong, or an attempt to get the token.",
        wrong=entry('"endpoint": "https://example.com/v1/models/acme/model",'),
        right=entry('"endpoint": "/v1/models/acme/model",'),
    ),
    "RC309": Code(
        "a key that looks misspelled",
        "Unknown keys are kept, but have no meaning, so a misspelled key has no effect. This one is very similar to a known key.",
        wrong=entry('"display_nmae": "Model",'),
        right=entry('"display_name": "Model",'),
    ),
    "RC311": Code(
        "not a corrections file",
        'A corrections file is an object with the single key "corrections". Any other structure would be ignored, '
        "and the mistake would remain.",
        wrong=_corrected('{"changes": [{"at": "/display_name", "now": "Model 1"}]}\n'),
        right=_RIGHT,
    ),
    "RC312": Code(
        "a correction without a reason or changes",
        "A correction overrides the published schema. Without a reason, nobody can decide later whether it is still needed.",
        wrong=_correction('{"at": "/display_name", "now": "Model 1"}', reason=""),
        right=_RIGHT,
    ),
    "RC313": Code(
        "an incomplete change",
        'A change needs "at", the place, and "was", "now" or both. A key may be misspelled, and the mistake would remain.',
        wrong=_correction('{"at": "/display_name", "new": "Model 1"}'),
        right=_RIGHT,
    ),
    "RC314": Code(
        "a correction that no longer applies",
        'The value at the place is not the one in "was". '
        "The published schema may have been corrected or changed, so the correction must be reviewed.",
        wrong=_correction('{"at": "/display_name", "was": "Modle 1", "now": "Model 1"}'),
        right=_RIGHT,
    ),
    "RC315": Code(
        "a correction of a place that does not exist",
        "A part of the pointer does not exist, so the value cannot be set. "
        "The pointer is misspelled, or the schema has changed.",
        wrong=_correction('{"at": "/input_schema/properties/promt/maxLength", "now": 500}'),
        right=_correction('{"at": "/input_schema/properties/prompt/maxLength", "now": 500}'),
    ),
    "RC316": Code(
        "corrections for a model that does not exist",
        "The file corrects nothing. The model was renamed or removed, or the name of the file is misspelled.",
        wrong=_corrected('{"corrections": []}\n', path="schemas/corrections/acme/modle.json"),
        right=_corrected('{"corrections": []}\n'),
    ),
    "RC317": Code(
        "a model id with one segment",
        "All published ids have a vendor and a model. An id without a slash is accepted, since it may be real, "
        "but more often a part is missing, and requests would be sent to a model that does not exist.",
        wrong=Example("add entry.json", {"entry.json": document(model_id="model")}),
        right=entry(),
    ),
    "RC318": Code(
        "a file that is not read",
        "Models are read from models/**/*.json, and corrections from corrections/**/*.json. Other files, files with another "
        "extension, and files behind a link to a folder are ignored, so they give no class and correct nothing.",
        wrong=_two_models("schemas/acme/other.json"),
        right=_two_models("schemas/models/acme/other.json"),
    ),
}
