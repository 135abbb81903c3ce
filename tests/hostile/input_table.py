"""The 109 hostile inputs: what each one attempts, the required result, and the actual result of the generator.

`asked` is the required result: `code` (safe code), `error`, or `either`. `does` is `builds`, or the diagnostic code of the error.
`place` is the position of the error: a JSON pointer into the given schema or document, `line N`, or words of the message.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.hostile.large_inputs import BIG

HERE: Final = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Case:
    """A hostile input and its expected result."""

    id: str
    level: str
    """`schema`: an input schema; `raw`: the bytes of a schema file; `document`: a catalog, for `add`."""
    asked: str
    does: str
    place: str
    max_attempts: str

    @property
    def builds(self) -> bool:
        """True if the expected result is safe code."""
        return self.does == "builds"

    @property
    def content(self) -> bytes:
        """Return the bytes of the user's file."""
        given = BIG[self.id]().encode() if self.id in BIG else (HERE / "cases" / f"{self.id}.json").read_bytes()
        return b'{"model_id": "%s", "input_schema": %s}' % (self.model_id.encode(), given) if self.level == "schema" else given

    @property
    def model_id(self) -> str:
        """Return the id of the model of a schema."""
        return f"hostile/{self.id}"


_ROWS: Final = """
a01_desc_triple_dquote       schema   code   builds -  a description that closes its docstring and goes on as code
a03_desc_trailing_backslash  schema   code   builds -  a description whose last backslash escapes the closing quotes
a04_desc_backslash_quote_mix schema   code   builds -  a backslash before quotes, which undoes a careless escape
a06_desc_carriage_return     schema   code   builds -  a bare carriage return, which ends a comment
a07_desc_formfeed_vtab       schema   code   builds -  control characters at which only some readers begin a line
a09_desc_nul                 schema   code   builds -  a NUL, which Python refuses in source
a10_desc_bidi                schema   code   builds -  marks that turn the direction of writing, to hide what code says
a12_desc_fstring_braces      schema   code   builds -  braces and percent signs for whatever formats the text
a13_desc_bad_escapes         schema   code   builds -  escape sequences that Python refuses
a15_desc_coding_cookie       schema   code   builds -  a line that would change the encoding of the module
a16_desc_type_noqa_pragma    schema   code   builds -  comments that would switch checkers off
a18_desc_1mb                 schema   either RC504  /properties/x/description  a description of a million characters
a19_comment_keys             schema   code   builds -  code in $comment, examples and x- keys
b01_title_code               schema   code   builds -  titles that are class statements
b03_title_shadow_basemodel   schema   code   builds -  titles that are called as the base class
b04_title_shadow_builtin     schema   code   builds -  titles that are called as a built-in type
b06_title_empty              schema   code   builds -  empty titles
b07_title_cyrillic           schema   code   builds -  titles in another script
b09_title_dotted             schema   code   builds -  titles with dots, which could become packages
b10_title_path               schema   code   builds -  titles that are paths out of the output folder
b12_prop_keywords            schema   code   builds -  inputs called as keywords of Python
b13_prop_dunder              schema   code   builds -  inputs called as special attributes
b15_prop_private             schema   code   builds -  inputs with leading underscores, which pydantic drops in silence
b16_prop_dup_after_sanitise  schema   code   builds -  names that differ only in signs that Python does not have
b18_prop_nfkc_dup            schema   code   builds -  names that differ, but not for Python, which normalises them
b19_prop_empty               schema   either RC505  /properties/  empty and blank names
b21_prop_quotes              schema   code   builds -  quotes, backslashes and line breaks in names
b22_prop_digits              schema   code   builds -  names that start with digits of several kinds
b24_prop_long                schema   either RC504  /properties  a name of 5,000 characters
b25_prop_wrapper_locals      schema   code   builds -  names that the client uses itself
b27_prop_5000                schema   either RC504  /  5,000 inputs
b28_prop_keyword_confusion   schema   code   builds -  inputs called as keywords of JSON Schema
b30_defs_collide             schema   code   builds -  definitions whose class names meet
c01_default_string_code      schema   code   builds -  code in defaults, with every kind of quote
c03_default_mutable          schema   code   builds -  defaults that instances might share
c04_default_nan_infinity     raw      error  RC108  /properties/x/default  numbers that JSON does not have
c06_default_1e400            raw      error  RC108  /properties/x/default  a number beyond all floats
c07_default_null_required    schema   either builds -  a required input with the default null, which is dropped
c09_default_lone_surrogate   schema   either RC110  /properties/x/default  half surrogate pairs, which no file can hold
c10_default_deep             schema   either RC109  /properties/x/default  a default 500 lists deep
c12_default_date_like        schema   code   builds -  strings that YAML would take for dates, numbers or booleans
c13_default_bool_int         schema   code   builds -  true beside 1 beside 1.0
d01_enum_code                schema   code   builds -  code in enum values
d03_enum_collide             schema   code   builds -  enum values that would meet as Python names
d04_enum_mixed_types         schema   code   builds -  enum values that are equal in Python, but not in JSON
d06_enum_20k                 schema   either RC504  /properties/x/enum  an enum of 20,000 values
d07_enum_empty               schema   error  RC404  /properties/x/enum  an enum that allows nothing
d09_enum_varnames            schema   code   builds -  code in extensions that name enum members
d10_enum_objects             schema   either builds -  an object and a list as enum values
e01_ext_x_python_import      schema   code   builds -  an extension that the model generator turns into an import
e03_ext_customBasePath       schema   code   builds -  an extension that it turns into a base class
e04_ext_x_python_type        schema   code   builds -  an extension that it turns into an annotation
e06_format_code              schema   code   builds -  code as a format
e07_id_schema_urls           schema   code   builds -  identifiers that name files and hosts
f01_pattern_redos            schema   code   builds -  a pattern that takes exponential time
f08_pattern_redos_pyre       schema   code   builds -  the same behind a look-ahead, which linear engines do not have
f03_pattern_invalid          schema   error  RC414  /properties/x/pattern  what is no pattern
f05_pattern_code             schema   code   builds -  patterns that end a raw string
f06_pattern_properties       schema   either builds -  keywords whose names are patterns: a note that only the server checks them
g01_ref_file_uri             schema   error  RC416  /properties/x/$ref  a reference to a file
g03_ref_http_loopback        schema   error  RC416  /properties/x/$ref  a reference to a port of this machine
g04_ref_metadata             schema   error  RC416  /properties/a/$ref  references to hosts, in odd spellings
g05_ref_unresolved           schema   error  RC416  /properties/x/$ref  a reference to nothing
g06_ref_root_self            schema   error  RC416  /$ref  a schema that is itself and nothing else
g08_ref_recursive_ok         schema   code   builds -  an honest tree
g09_allof_self               schema   error  RC416  /$defs/A/allOf/0  an object that is a part of itself
g11_ref_bomb_anyof           schema   either RC411  /$defs  a few lines that stand for 2^26 schemas
g12_depth_300                schema   either RC109  /properties/n  objects 300 deep
g14_depth_arrays_60          schema   either RC401  /properties/x  lists 60 deep
g15_union_5000               schema   either RC411  /properties/x/anyOf  a union of 5,000
h01_type_float_from_seed     schema   either RC407  /properties/f/type  types of the documentation (known), and unknown ones
h03_min_gt_max               schema   error  RC503  /properties/a/minimum  bounds that nothing meets
h04_bounds_as_strings        schema   error  RC404  /properties/a/minimum  bounds that are texts
h06_required_not_list        schema   error  RC404  /required  "required" that is a text
h07_properties_list          schema   error  RC404  /properties  properties in a list
h09_items_forms              schema   either RC404  /properties/a/items  forms of "items" that say no type
h10_unsupported_keywords     schema   either builds -  keywords that narrow otherwise: a note each that only the server checks them
h12_root_not_object          schema   either RC502  /  a body that is a text
h13a_root_json_true          raw      either RC301  /  true instead of a schema
h13c_root_json_list          raw      error  RC301  /  a list instead of a schema
h13d_root_json_string        raw      error  RC301  /  a text instead of a schema
r01_empty_file               raw      error  RC105  line~1  nothing at all
r03_trailing_comma           raw      error  RC101  line~1  a comma before a closing brace
r04_two_documents            raw      error  RC106  line~2  two documents in one file
r06_utf8_bom                 raw      either builds -  a byte order mark, which is stepped over
r07_utf16                    raw      either builds -  UTF-16, which its byte order mark tells
r09_cp1251                   raw      error  RC102  byte~61  an encoding of 8 bits
r10_yaml_tag                 raw      error  RC101  line~1  a YAML tag that makes objects
r12_json_exponent            raw      code   builds -  exponents, which are numbers in JSON and texts in YAML
r13_json_tabs                raw      code   builds -  tabs between tokens
r15_control_char_raw         raw      error  RC101  line~1  a raw line break in a string
r16_comments                 raw      error  RC101  line~2  comments
r18_gzip_bytes               raw      error  RC103  byte~0  compressed data
m01_id_dotdot                document error  RC303  /models/0/model_id  an id that leads out of the folder
m03_id_backslash             document error  RC303  /models/0/model_id  ids that are paths of Windows
m04_id_nul_ctrl              document error  RC303  /models/0/model_id  control characters in ids
m06_id_percent               document error  RC303  /models/0/model_id  percent-encoded ids
m07_id_query_fragment        document error  RC303  /models/0/model_id  ids with the signs that structure a URL
m09_id_keywords              document code   builds -  segments that are keywords of Python
m10_id_shadow_stdlib         document code   builds -  segments called as modules that the client imports
m12_id_case_collision        document either RC601  /models/1  ids that differ by capitals
m13_id_sanitise_collision    document either RC601  /models/1  ids that meet as module names
m15_id_long                  document error  RC303  /models/0/model_id  ids beyond what a file name may have
m16_id_windows_reserved      document either RC303  /models/2/model_id  file names that Windows reserves (taken), and trailing dots
m18_id_wrong_type            document error  RC302  /models/0/model_id  ids that are no text
m19_endpoint_absolute_evil   document error  RC308  /models/0/endpoint  endpoints at another origin
m21_missing_schema           document error  RC306  /models/0/input_schema  no schema
m22_output_schema_shapes     document either RC305  /models/2/output_schema  output schemas that are none
m24_one_bad_among_many       document error  RC416  /models/25/input_schema/properties/a/$ref  one bad model among 50
"""


def _case(row: str) -> Case:
    case_id, level, asked, does, place, tries = row.split(maxsplit=5)
    assert level in {"schema", "raw", "document"} and asked in {"code", "error", "either"}
    return Case(case_id, level, asked, does, place.replace("~", " "), tries)


CASES: Final = tuple(_case(row) for row in _ROWS.strip().splitlines())
BUILDING: Final = tuple(case for case in CASES if case.builds)
REFUSED: Final = tuple(case for case in CASES if not case.builds)
