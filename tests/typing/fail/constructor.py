"""Every marked line must be reported by both type checkers, and no other line."""

from runcomfy_client import RunComfy
from runcomfy_client.models import Kling3_0StandardImageToVideo as Kling

IMAGE = "https://example.com/photo.png"

Kling(start_image_url=IMAGE)  # error: missing
Kling(promt="a", prompt="a", start_image_url=IMAGE)  # error: misspelt
Kling(prompt="a", start_image_url=IMAGE, duration="5")  # error: mistyped
Kling(prompt="a", start_image_url=IMAGE, shot_type="intelligent")  # error: no such choice
Kling(prompt="a", start_image_url=b"photo.png")  # error: neither text nor a path
Kling(prompt=None, start_image_url=IMAGE)  # error: required
Kling(prompt="a", start_image_url=IMAGE, generate_audio="yes")  # error: mistyped
Kling(prompt="a", start_image_url=IMAGE, elements=[{"frontal": IMAGE}])  # error: not an element

Kling(prompt="a", start_image_url=IMAGE).duration = 7  # error: a request is a value


def run(client: RunComfy) -> None:
    result = client.run(Kling(prompt="a", start_image_url=IMAGE))
    result.output.video.upper()  # error: may be None
    client.run("a prompt")  # error: not a request
    client.run(Kling(prompt="a", start_image_url=IMAGE), deadline=3)  # error: not an option
