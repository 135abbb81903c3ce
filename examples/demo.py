"""Run one Kling 3.0 image-to-video job against the simulator, and save the video: no token, no network, no cost.

    python examples/demo.py [FOLDER]      saves into FOLDER, `clips/` by default

To run the real model, which is billed, remove the simulator and `base_url`, set a token, and unset RUNCOMFY_BASE_URL.
"""

from __future__ import annotations

import sys

from runcomfy_client import RunComfy, Status
from runcomfy_client.models import Kling3_0StandardImageToVideo
from runcomfy_client.simulator import Simulator

REQUEST = Kling3_0StandardImageToVideo(
    prompt="A woman in a white dress on a cliff at golden hour; her hair drifts in the breeze, waves break below.",
    start_image_url="https://playgrounds-storage-public.runcomfy.net/tools/7349/media-files/input.png",
    duration=5,
)


def show(status: Status) -> None:
    """Print one line of progress."""
    place = f", {status.queue_position} ahead" if status.queue_position else ""
    print(f"  {status.elapsed:4.1f} s  {status.state}{place}", flush=True)


def main() -> None:
    """Run the job and save its files."""
    folder = sys.argv[1] if len(sys.argv) > 1 else "clips"
    with Simulator(seconds_in_queue=1.5, seconds_running=2.5).serve() as server, RunComfy(base_url=server.base_url) as client:
        print(f"{REQUEST.model_id}\n  sends {REQUEST.payload()}")
        result = client.run(REQUEST, on_status=show, timeout=60)
        print(f"request {result.request_id}\n  video {result.output.video}")
        for path in result.save(folder):
            print(f"  saved {path} ({path.stat().st_size} bytes)")


if __name__ == "__main__":
    main()
