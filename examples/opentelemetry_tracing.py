"""Create a span for every HTTP call of a client, with its hooks. This needs opentelemetry-sdk; the client itself does not.

pip install opentelemetry-sdk
python examples/opentelemetry_tracing.py
"""

from __future__ import annotations

import time

from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import ConsoleSpanExporter, SimpleSpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode
from runcomfy_client import Hooks, RunComfy, request
from runcomfy_client.hooks import CallEnded
from runcomfy_client.simulator import Simulator

tracer = trace.get_tracer("runcomfy_client")


def record(call: CallEnded) -> None:
    """Record a finished call as a span. The hook runs in the context of the caller, so spans nest as expected."""
    end = time.time_ns()
    span = tracer.start_span(f"{call.call.method}", kind=SpanKind.CLIENT, start_time=end - int(call.seconds * 1e9))
    span.set_attribute("http.request.method", call.call.method)
    span.set_attribute("url.full", call.call.url)  # has no query, so neither a token nor a signature
    if call.status is not None:
        span.set_attribute("http.response.status_code", call.status)
    if call.error or (call.status or 0) >= 400:
        span.set_status(Status(StatusCode.ERROR, call.error or None))
    span.end(end_time=end)


def main() -> None:
    """Run a job against the simulator, inside a span."""
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(ConsoleSpanExporter()))
    trace.set_tracer_provider(provider)
    model, inputs = "kling/kling-3.0/standard/image-to-video", {"prompt": "Waves.", "start_image_url": "https://example.com/a.png"}
    with Simulator(seconds_in_queue=0, seconds_running=0).serve() as server:
        with (
            RunComfy("test", base_url=server.base_url, hooks=Hooks(response=record)) as client,
            tracer.start_as_current_span("clip"),
        ):
            client.run(request(model, **inputs))


if __name__ == "__main__":
    main()
