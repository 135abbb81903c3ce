"""Strict JSON from bytes or free text; every value can be asked for its line and column, and so can every problem."""

from codegen.read.jsontext.json_problems import LIMIT_DEPTH, LIMIT_PROBLEMS
from codegen.read.jsontext.reading import LIMIT_BYTES, Found, decode, objects_in, parse
from codegen.read.jsontext.source import Json, SourceText

__all__ = ["LIMIT_BYTES", "LIMIT_DEPTH", "LIMIT_PROBLEMS", "Found", "Json", "SourceText", "decode", "objects_in", "parse"]
