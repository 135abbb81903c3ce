"""Requests as values: one class per model, with its typed inputs and the type of its output.

Requests can be built, compared, listed, pickled and sent by either client. Building one makes no call.
"""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Self, TypeVar

from pydantic import JsonValue, PrivateAttr

from runcomfy_client.schema.inputs import Inputs
from runcomfy_client.schema.outputs import MediaOutput, Output

if TYPE_CHECKING:
    from runcomfy_client.prices import Estimate

OutputT = TypeVar("OutputT", bound=Output)


class Request(Inputs, Generic[OutputT], frozen=True):
    """The base class of the generated classes: the inputs of one model, for `client.run` or `client.submit`."""

    MODEL_ID: ClassVar[str]
    """The model's id, as in the URL of its endpoint."""
    OUTPUT: ClassVar[type[Output]] = MediaOutput
    """The class that parses the job's output."""

    RETIRED: ClassVar[str | None] = None
    """The date, YYYY-MM-DD, since which the catalog does not list the model; None while it does."""

    _extra_inputs: dict[str, Any] = PrivateAttr(default_factory=dict)

    @property
    def model_id(self) -> str:
        """The id of the model that this request is for."""
        return self.MODEL_ID

    def with_inputs(self, **changes: Any) -> Self:
        """Return a copy with some inputs changed, validated like a new request.

        Extra inputs (see `with_extra_inputs`) are kept, except those that `changes` replaces.

        Raises:
            InvalidInput: an input is unknown or out of range.
        """
        return self.model_copy(update=changes)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Return a copy with the inputs in `update` changed, like `with_inputs`."""
        copy = super().model_copy(update=update, deep=deep)
        if update and self._extra_inputs:
            fields = type(self).model_fields
            changed = {fields[name].alias or name if name in fields else name for name in update}
            _set_extra(copy, {name: value for name, value in copy._extra_inputs.items() if name not in changed})
        return copy

    def with_extra_inputs(self, inputs: Mapping[str, JsonValue], /) -> Self:
        """Return a copy that also sends `inputs`, without validation: for inputs or values that are newer than this client.

        They override inputs of the class. The API bills what is sent, so check the spelling.

        Raises:
            TypeError: `inputs` is not a mapping.
        """
        if not isinstance(inputs, Mapping):
            raise TypeError(f"extra inputs must be a mapping, such as {{'seed': 1}}, not {inputs!r}")
        copy = self.model_copy()
        _set_extra(copy, {**self._extra_inputs, **inputs})
        return copy

    def estimate(self, *, ledger: str | PathLike[str] | None = None) -> Estimate:
        """Return the estimated cost of this request in USD, from the published price and the inputs. Makes no call.

        Args:
            ledger: the folder of a batch; the estimate then includes what similar jobs of that batch cost.

        Raises:
            InvalidInput: the inputs became invalid after the request was built.
            BatchError: the folder contains no batch.
            LedgerError: the ledger of the batch cannot be read.
        """
        from runcomfy_client.prices import estimate_request

        return estimate_request(self, ledger=ledger)

    def __repr__(self) -> str:
        extra = f".with_extra_inputs({self._extra_inputs!r})" if self._extra_inputs else ""
        return f"{super().__repr__()}{extra}"

    __str__ = __repr__

    def _copy_hint(self, name: str) -> str:
        return f"with_inputs({name}=...)"

    def payload(self) -> dict[str, JsonValue]:
        """Return the JSON object that is sent: the inputs that were set, by documented name, and the extra inputs.

        Raises:
            InvalidInput: an input is a local file, which only a client with a bucket (`media=`) can send.
        """
        return {**super().payload(), **self._extra_inputs}

    def _checked_payload(self) -> dict[str, Any]:
        """Return the payload, validated again: lists and objects inside a request can be mutated after it was built.

        Local files are `LocalFile` values in it.

        Raises:
            InvalidInput: the inputs became invalid.
        """
        typed = self._json_with_local_files()
        type(self)(**typed)
        return {**typed, **self._extra_inputs} if self._extra_inputs else typed


def _set_extra(fresh: Request[Any], inputs: dict[str, Any]) -> None:
    """Set the extra inputs of a new copy, before it is returned: afterwards it is immutable."""
    setattr(fresh, "_extra_inputs", inputs)


class RawRequest(Request[MediaOutput], frozen=True):
    """A request to a model without a generated class: the model's id and its inputs, sent unchanged.

    Only the server checks them.
    """

    MODEL_ID: ClassVar[str] = ""

    model: str
    """The model's id, such as `vendor/name/variant`."""
    inputs: dict[str, JsonValue]
    """The inputs as one flat JSON object."""

    @property
    def model_id(self) -> str:
        """The id of the model that this request is for."""
        return self.model

    def with_inputs(self, **changes: Any) -> Self:
        """Return a copy with some members of `inputs` changed, without validation."""
        return self.model_copy(update={"inputs": {**self.inputs, **changes}})

    def _copy_hint(self, name: str) -> str:
        return "with_inputs(...)" if name == "inputs" else f"model_copy(update={{{name!r}: ...}})"

    def payload(self) -> dict[str, JsonValue]:
        """Return the JSON object that is sent."""
        return {**self.inputs, **self._extra_inputs}

    def _checked_payload(self) -> dict[str, Any]:
        return self.payload()
