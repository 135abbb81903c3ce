"""Creates the sample files that the simulator serves, with ffmpeg and the DejaVu fonts. Run it manually; the results are in the
repository.

    python tests/simulator/make_media.py

Neither the package nor its tests need ffmpeg. Each file must stay below 100 KiB.
"""

from __future__ import annotations

import math
import struct
import subprocess
import sys
import tempfile
import wave
from pathlib import Path

MEDIA = Path(__file__).parents[2] / "templates" / "simulator" / "media"
LARGEST = 100 * 1024

WIDTH, HEIGHT = 640, 360
SECONDS, FRAMES_PER_SECOND = 3, 24
SAMPLE_RATE = 16_000

SHADES = f"c0=0x15324a:c1=0x59407f:x0=0:y0=0:x1=0:y1={HEIGHT - 1}:nb_colors=2:speed=0.00001"
BACKDROP = f"gradients=s={WIDTH}x{HEIGHT}:{SHADES}:r={FRAMES_PER_SECOND}"
BALL = (
    f"color=c=0xffb454:s=48x48:r={FRAMES_PER_SECOND},format=rgba,geq=r=255:g=180:b=84:a='255*clip(23.5-hypot(X-23.5,Y-23.5),0,1)'"
)
TRACK = "drawbox=x=120:y=268:w=400:h=4:color=white@0.25:t=fill"
MOVING = "overlay=x='296-200*cos(2*PI*t/3)':y=246:format=auto"
RESTING = "overlay=x=296:y=246:format=auto"
TENTHS = "%{eif\\:trunc(t+0.001)\\:d}.%{eif\\:mod(trunc(10*t+0.001)\\,10)\\:d} s"
CHORD = (261.63, 329.63, 392.00, 523.25)


def words(kind: str, *, clock: bool = False) -> str:
    """Return the text of the card as a chain of drawtext filters."""
    lines = [("DejaVu Sans", 40, 92, "RunComfy simulator"), ("DejaVu Sans", 24, 152, f"sample {kind}")]
    lines += [("DejaVu Sans", 16, 196, "no model was run, nothing was billed")]
    if clock:
        lines += [("DejaVu Sans Mono", 16, 318, TENTHS)]
    return ",".join(
        f"drawtext=font='{font}':fontsize={size}:fontcolor=white:x=(w-text_w)/2:y={y}:text='{text}'"
        for font, size, y, text in lines
    )


def ffmpeg(*arguments: str) -> None:
    """Run ffmpeg with options that make its output reproducible."""
    command = [
        "ffmpeg",
        "-v",
        "error",
        "-y",
        "-fflags",
        "+bitexact",
        *arguments[:-1],
        "-flags:v",
        "+bitexact",
        "-flags:a",
        "+bitexact",
    ]
    subprocess.run([*command, "-map_metadata", "-1", "-threads", "1", arguments[-1]], check=True)


def card(kind: str, target: Path, *options: str) -> None:
    """Draw one still card."""
    graph = f"{BACKDROP}[back];{BALL}[ball];[back]{TRACK}[lane];[lane][ball]{RESTING},{words(kind)},format=rgb24"
    ffmpeg("-filter_complex", graph, "-frames:v", "1", *options, str(target))


def chord(target: Path) -> None:
    """Play a soft broken chord: four notes, each fading out."""
    samples = []
    for index in range(2 * SAMPLE_RATE):
        moment, value = index / SAMPLE_RATE, 0.0
        for number, pitch in enumerate(CHORD):
            age = moment - number * 0.3
            if age >= 0:
                value += 0.2 * min(age / 0.01, 1.0) * math.exp(-3.0 * age) * math.sin(2 * math.pi * pitch * age)
        samples.append(round(value * min((2 - moment) / 0.1, 1.0) * 32_000))
    with wave.open(str(target), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(SAMPLE_RATE)
        sound.writeframes(struct.pack(f"<{len(samples)}h", *samples))


def video(sound: Path, target: Path) -> None:
    """Create a video of a ball that swings once, with the chime. The index precedes the data, so that it can be streamed."""
    graph = (
        f"{BACKDROP}[back];{BALL}[ball];[back]{TRACK}[lane];[lane][ball]{MOVING},"
        f"{words('video', clock=True)},format=yuv420p[picture]"
    )
    picture = ["-map", "[picture]", "-c:v", "libx264", "-profile:v", "main", "-preset", "veryslow", "-crf", "26"]
    voice = ["-map", "0:a", "-af", f"apad=whole_dur={SECONDS}", "-c:a", "aac", "-b:a", "48k"]
    ffmpeg("-i", str(sound), "-filter_complex", graph, *picture, *voice, "-t", str(SECONDS), "-movflags", "+faststart", str(target))


def main() -> int:
    MEDIA.mkdir(parents=True, exist_ok=True)
    chord(MEDIA / "sample.wav")
    video(MEDIA / "sample.wav", MEDIA / "sample.mp4")
    card("image", MEDIA / "sample.png", "-pred", "mixed", "-compression_level", "9")
    card("image", MEDIA / "sample.jpg", "-q:v", "4")
    card("image", MEDIA / "sample.webp", "-quality", "80")
    with tempfile.TemporaryDirectory() as scratch:
        quiet = Path(scratch) / "sample.mp3"
        ffmpeg(
            "-i",
            str(MEDIA / "sample.wav"),
            "-c:a",
            "libmp3lame",
            "-b:a",
            "48k",
            "-write_xing",
            "0",
            "-id3v2_version",
            "0",
            str(quiet),
        )
        (MEDIA / "sample.mp3").write_bytes(quiet.read_bytes())
    sizes = {path.name: path.stat().st_size for path in sorted(MEDIA.iterdir())}
    for name, size in sizes.items():
        print(f"{size:>8,} bytes  {name}")
    return 1 if max(sizes.values()) > LARGEST else 0


if __name__ == "__main__":
    sys.exit(main())
