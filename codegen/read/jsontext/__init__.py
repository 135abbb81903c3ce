"""Strict JSON from bytes or free text; every value can be asked for its line and column, and so can every fault."""

from codegen.read.jsontext.faults import LIMIT_DEPTH, LIMIT_FAULTS
from codegen.read.jsontext.reading import LIMIT_BYTES, Found, decode, objects_in, parse
from codegen.read.jsontext.source import Json, SourceText

__all__ = ["LIMIT_BYTES", "LIMIT_DEPTH", "LIMIT_FAULTS", "Found", "Json", "SourceText", "decode", "objects_in", "parse"]
