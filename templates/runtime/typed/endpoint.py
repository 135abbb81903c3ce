"""A request is a value: one class a model, holding the model's typed inputs and naming its typed output.

Requests can be built, compared, listed, pickled and sent by either client; nothing happens before one is handed to a client.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Generic, Self, TypeVar

from pydantic import JsonValue, PrivateAttr

from runcomfy_client.typed.inputs import Inputs
from runcomfy_client.typed.outputs import MediaOutput, Output

OutputT = TypeVar("OutputT", bound=Output)


class Request(Inputs, Generic[OutputT]):
    """Base of the generated classes: inputs of one model, to be given to `client.run` or `client.submit`."""

    MODEL_ID: ClassVar[str]
    """The model's id, as in the URL of its endpoint."""
    OUTPUT: ClassVar[type[Output]] = MediaOutput
    """The class that the job's output is read into."""

    _extra_inputs: dict[str, Any] = PrivateAttr(default_factory=dict)

    @property
    def model_id(self) -> str:
        """The id of the model that this request is for."""
        return self.MODEL_ID

    def with_extra_inputs(self, inputs: Mapping[str, JsonValue], /) -> Self:
        """Return a copy that also sends `inputs`, unchecked: for an input or a value newer than this client.

        A name that the class knows is overridden. What is sent is what the API bills, so look twice at the spelling.
        """
        if not isinstance(inputs, Mapping):
            raise TypeError(f"extra inputs are an object, such as {{'seed': 1}}, not {inputs!r}")
        copy = self.model_copy()
        copy._extra_inputs = {**self._extra_inputs, **inputs}
        return copy

    def payload(self) -> dict[str, JsonValue]:
        """Return the JSON object that is sent: the inputs that were set, under their documented names, then the extra inputs."""
        return {**super().payload(), **self._extra_inputs}

    def _checked_payload(self) -> dict[str, JsonValue]:
        """Return what is sent, checked once more: lists and objects inside a request can be changed after it was built.

        Raises:
            InvalidInput: it was changed into something that the model does not take.
        """
        typed = super().payload()
        type(self)(**typed)
        return {**typed, **self._extra_inputs} if self._extra_inputs else typed


class RawRequest(Request[MediaOutput]):
    """A request to a model that has no generated class: its id and its inputs, sent as they are, checked by the server alone."""

    MODEL_ID: ClassVar[str] = ""

    model: str
    """The model's id, such as `vendor/name/variant`."""
    inputs: dict[str, JsonValue]
    """The inputs as one flat JSON object."""

    @property
    def model_id(self) -> str:
        """The id of the model that this request is for."""
        return self.model

    def payload(self) -> dict[str, JsonValue]:
        """Return the JSON object that is sent."""
        return {**self.inputs, **self._extra_inputs}

    def _checked_payload(self) -> dict[str, JsonValue]:
        return self.payload()
