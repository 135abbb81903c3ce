"""Codes of stage 3: schema documents and their corrections."""

from __future__ import annotations

from typing import Final

from codegen.values.codes.value import Code, Example, document, entry

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
        "A file below schemas/models describes one model by an object with its input_schema, or is that schema itself.",
        wrong=Example("build", {_MODEL: f"[\n{document()}]\n"}),
        right=Example("build", {_MODEL: document()}),
    ),
    "RC302": Code(
        "a model id that is not text",
        "The id becomes a part of the address that requests go to. A number or null there is a fault of whoever wrote the entry.",
        wrong=Example("add entry.json", {"entry.json": document().replace('"acme/model"', "7")}),
        right=entry(),
    ),
    "RC303": Code(
        "not a model id",
        "Ids become addresses, paths of files and names in Python. "
        "Only the form that the service uses is let through, so that none can lead out of its folder or to another address.",
        wrong=Example("add entry.json", {"entry.json": document(model_id="acme/../model")}),
        right=entry(),
    ),
    "RC304": Code(
        "a model id that does not match its path",
        "A document stands where its id says, so that nobody edits the wrong one. Here the path or the --id says another model.",
        wrong=Example("build", {"schemas/models/acme/other.json": document()}),
        right=Example("build", {_MODEL: document()}),
    ),
    "RC305": Code(
        "a key with a value of the wrong type",
        "The documentation and the grouping of models are made from these keys. What cannot be read would be lost in silence.",
        wrong=entry('"categories": "text-to-video",'),
        right=entry('"categories": ["text-to-video"],'),
    ),
    "RC306": Code(
        "no input schema",
        "The schema of the inputs is what the class is made of. A catalog has it only where it was asked for "
        "with include_schema=true.",
        wrong=Example("add entry.json", {"entry.json": '{"model_id": "acme/model", "display_name": "Model"}\n'}),
        right=entry('"display_name": "Model",'),
    ),
    "RC307": Code(
        "an output schema of unknown shape",
        'An output schema is a JSON schema, or one inside {"output": ...}, as the pages have it. '
        "Made of anything else, the types of the result would be wrong, and the job has been paid for by then.",
        wrong=entry('"output_schema": {"result": {"image": "string"}},'),
        right=entry('"output_schema": {', '  "type": "object", "properties": {"image": {"type": "string"}}', "},"),
    ),
    "RC308": Code(
        "an endpoint that is not the model's own",
        "Requests carry your token, and go to the one address that follows from the model's id. "
        "A document that asks for another address is wrong, or wants the token.",
        wrong=entry('"endpoint": "https://example.com/v1/models/acme/model",'),
        right=entry('"endpoint": "/v1/models/acme/model",'),
    ),
    "RC309": Code(
        "a key that looks misspelt",
        "Unknown keys are kept but mean nothing, so a misspelt one has no effect. This one is very close to a key that has.",
        wrong=entry('"display_nmae": "Model",'),
        right=entry('"display_name": "Model",'),
    ),
    "RC311": Code(
        "not a corrections file",
        'A corrections file is an object with the one key "corrections". Another form would be passed over, '
        "and the fault would stay.",
        wrong=_corrected('{"changes": [{"at": "/display_name", "now": "Model 1"}]}\n'),
        right=_RIGHT,
    ),
    "RC312": Code(
        "a correction without a reason or changes",
        "A correction overrules what was published. Without its reason nobody can tell later whether it is still needed.",
        wrong=_correction('{"at": "/display_name", "now": "Model 1"}', reason=""),
        right=_RIGHT,
    ),
    "RC313": Code(
        "a change that says nothing",
        'A change needs "at", the place, and "was", "now" or both. It may be misspelt, and what it was to mend would stay wrong.',
        wrong=_correction('{"at": "/display_name", "new": "Model 1"}'),
        right=_RIGHT,
    ),
    "RC314": Code(
        "a correction that no longer applies",
        'What stands at the place is not what the correction says that it "was". '
        "The published schema may have been mended or changed since, so the correction has to be looked at again.",
        wrong=_correction('{"at": "/display_name", "was": "Modle 1", "now": "Model 1"}'),
        right=_RIGHT,
    ),
    "RC315": Code(
        "a correction of a place that is not there",
        "The pointer leads through something that does not exist, so the value has nowhere to go. "
        "It is misspelt, or the schema has changed.",
        wrong=_correction('{"at": "/input_schema/properties/promt/maxLength", "now": 500}'),
        right=_correction('{"at": "/input_schema/properties/prompt/maxLength", "now": 500}'),
    ),
    "RC316": Code(
        "corrections for a model that is not there",
        "The file corrects nothing. The model was renamed or removed, or the name of the file is misspelt.",
        wrong=_corrected('{"corrections": []}\n', path="schemas/corrections/acme/modle.json"),
        right=_corrected('{"corrections": []}\n'),
    ),
    "RC317": Code(
        "a model id of one segment",
        "All published ids name a vendor and a model. One without a slash is let through, for it may be real, "
        "but more often a part of it was left out, and requests would go to a model that is not there.",
        wrong=Example("add entry.json", {"entry.json": document(model_id="model")}),
        right=entry(),
    ),
    "RC318": Code(
        "a file that is not read",
        "Models are read from models/**/*.json and corrections from corrections/**/*.json. A file elsewhere, or of another ending, "
        "makes no class; nor does what a link to a folder leads to; and a misnamed folder of corrections corrects nothing.",
        wrong=_two_models("schemas/acme/other.json"),
        right=_two_models("schemas/models/acme/other.json"),
    ),
}
