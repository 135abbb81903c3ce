"""Every diagnostic code and what it stands for.

The first digit is the stage: 1 reading JSON, 2 ingesting, 3 schema documents and corrections, 4 dialect, 5 checks, 6 names, 7 output.
"""

from __future__ import annotations

from typing import Final

CODES: Final[dict[str, str]] = {
    # 1: reading a file as strict JSON
    "RC101": "not valid JSON",
    "RC102": "not UTF-8 text",
    "RC103": "a binary file",
    "RC104": "a file beyond the size limit",
    "RC105": "an empty file",
    "RC106": "more after the end of the document",
    "RC107": "a key that stands twice",
    "RC108": "not a finite number",
    "RC109": "JSON nested too deep",
    "RC110": "half a surrogate pair",
    # 2: pages, catalogs and plain schemas
    "RC201": "no JSON in the page",
    "RC202": "no input schema in the page",
    "RC203": "no model id",
    "RC204": "two model ids in one page",
    "RC205": "a model id other than the one asked for",
    "RC206": "a sample body that does not fit the schema",
    "RC207": "no output schema in the page",
    "RC208": "a broken sample body",
    "RC209": "neither a page, a catalog nor a schema",
    "RC210": "not a list of models",
    "RC211": "one id for several models",
    "RC212": "a part of a catalog",
    # 2: several inputs
    "RC290": "a model that is given twice",
    # 3: schema documents
    "RC301": "not a schema document",
    "RC302": "a model id that is not text",
    "RC303": "not a model id",
    "RC304": "a model id that does not match its path",
    "RC305": "a key with a value of the wrong type",
    "RC306": "no input schema",
    "RC307": "an output schema of unknown shape",
    "RC308": "an endpoint that is not the model's own",
    "RC309": "a key that looks misspelt",
    # 3: corrections
    "RC311": "not a corrections file",
    "RC312": "a correction without a reason or changes",
    "RC313": "a change that says nothing",
    "RC314": "a correction that no longer applies",
    "RC315": "a correction of a place that is not there",
    "RC316": "corrections for a model that is not there",
    # 4: the documented dialect
    "RC401": "schemas nested too deep",
    "RC402": "not a schema",
    "RC403": "an unknown keyword",
    "RC404": "a keyword with a value of the wrong kind",
    "RC405": "a keyword or a form that is not supported",
    "RC406": "a schema without a type",
    "RC407": "an unknown type",
    "RC408": "a list without a type of elements",
    "RC409": "an unknown format",
    "RC410": "a bound that says nothing about its type",
    "RC411": "a schema that amounts to too much",
    "RC412": "not checked before the call",
    "RC413": "parts that do not go together",
    "RC414": "not a regular expression",
    "RC415": "an unknown validation rule",
    "RC416": "a reference that leads nowhere",
    # 5: checks of the normalised schema
    "RC501": "not valid JSON Schema",
    "RC502": "an input that is not an object",
    "RC503": "bounds that nothing can meet",
    "RC504": "beyond a size limit",
    "RC505": "a property without a name",
    "RC506": "a required property that is not declared",
    "RC507": "an enum value of another type",
    "RC508": "an enum value that stands twice",
    "RC509": "a default that is not valid",
    "RC510": "an unknown rule between inputs",
    "RC511": "a rule about inputs that are not declared",
    # 6: names
    "RC601": "two models want the same name",
    "RC602": "a malformed entry of the lock of names",
}
