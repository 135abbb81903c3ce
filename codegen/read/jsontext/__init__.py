"""Parses strict JSON from bytes or free text. All values and problems have a line and a column."""

from codegen.read.jsontext.json_problems import LIMIT_DEPTH, LIMIT_PROBLEMS
from codegen.read.jsontext.parse import LIMIT_BYTES, Found, decode, objects_in, parse
from codegen.read.jsontext.source import Json, SourceText

__all__ = ["LIMIT_BYTES", "LIMIT_DEPTH", "LIMIT_PROBLEMS", "Found", "Json", "SourceText", "decode", "objects_in", "parse"]
