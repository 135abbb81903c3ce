"""Build the model of a schema document: normalise its schemas and check them."""

from __future__ import annotations

from typing import Any

from codegen.analyse.checks import check, check_input, check_rules, check_texts, without_unfit_defaults
from codegen.analyse.dialect import normalise
from codegen.analyse.document_checks import check_required_inputs, fitting_example, with_required_inputs
from codegen.analyse.outputs import output_object
from codegen.analyse.prices import check_prices
from codegen.read import document
from codegen.read.document import Document
from codegen.values.diagnostics import Report
from codegen.values.model import Model, Price, object_types
from codegen.values.names import display_name


def build_model(item: Document, report: Report) -> Model | None:
    """Return the model of a document, or None if there are errors, which are in `report`."""
    own = Report(strict=report.strict)
    texts = {"display_name": item.display_name, "description": item.description, "pricing_note": item.pricing_note}
    check_texts(texts, item.place, own)
    schema = _schema(item, "/input_schema", with_required_inputs(item), closed=True, report=own)
    if not own.failed:
        check_input(schema, "/input_schema", item.place, own)
        check_rules(item.rules, schema, item.place, own)
        check_prices(item.price_table, schema, item.place, own)
        check_required_inputs(item, schema, own)
    example = {} if own.failed else fitting_example(item, schema, own)
    output = _output(item, own)
    report.diagnostics.extend(own.diagnostics)
    if own.failed:
        return None
    return Model(
        id=item.model_id,
        display_name=item.display_name or display_name(item.model_id),
        description=item.description or "",
        categories=item.categories,
        output_kind=item.output_kind,
        objects=object_types(schema, "input") + (object_types(output_object(output), "output") if output else ()),
        rules=item.rules,
        incomplete=item.incomplete,
        example=example,
        input_schema=schema,
        output_schema=output,
        price=Price(item.base_price_usd, item.price_unit, item.pricing_note, item.price_table),
        retired=item.retired,
    )


def _output(item: Document, report: Report) -> dict[str, Any] | None:
    if item.output_schema is None:
        return None
    wrapped = document.is_wrapped(item.output_schema)
    schema = item.output_schema["output"] if wrapped else item.output_schema
    return _schema(item, "/output_schema/output" if wrapped else "/output_schema", schema, closed=False, report=report)


def _schema(item: Document, pointer: str, source: object, *, closed: bool, report: Report) -> dict[str, Any]:
    schema = normalise(source, pointer, closed=closed, place=item.place, report=report)
    for name in item.incomplete if closed else ():
        schema.setdefault("properties", {}).setdefault(name, {})
    if not report.failed:
        check(schema, pointer, item.place, report)
    return schema if report.failed else without_unfit_defaults(schema)
