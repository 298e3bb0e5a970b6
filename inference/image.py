"""Untrusted bytes -> a clean photo, in a process that can do little else.

``python -m inference.image`` is the only place where a stranger's file is decoded. It reads the
original from standard input, limits itself before touching a byte of it, and writes

- on success (exit status 0) one line of JSON with ``width height thumbnail_length photo_length
  sha256 source_format sharpness brightness``, then the photo and the thumbnail, both JPEG;
- on a photo that can't be taken (exit status 2) one line of JSON with ``code`` and ``message``.

Any other ending (killed by a limit, crashed) means the same to the caller: the file can't be
taken, code ``too_complex``. Nothing here imports more than Pillow: the process starts in 60 ms.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import re
import resource
import subprocess
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageCms, ImageFilter, ImageOps, ImageStat

from inference.content import find_lesion, fingerprint
from inference.device import UNKNOWN, device_of

MAX_BYTES = 15 * 1024 * 1024
MAX_PIXELS = 50_000_000
MIN_SIDE = 100  # pixels; below it there is nothing to assess
MAX_SIDE = 2048  # longest side of what is kept
MAX_SHAPE = 8  # a side this many times the other is a strip, not a photo of skin
THUMBNAIL_SIDE = 320
MEASURED_SIDE = 512  # longest side of the copy that is measured; a smaller photo is not enlarged

MEMORY_LIMIT = 1024**3  # bytes of address space
CPU_LIMIT = 10  # seconds
FILE_LIMIT = 32  # open files: enough to load the HEIF codec, no more

# Decoders can halve a JPEG almost for free. Taking the halved one from here up spares the full
# decoding of the usual 12-megapixel photo (4032 px) for 2016 px kept.
_DRAFT_SIDE = 1600
# A progressive JPEG comes in about ten scans; each costs a pass over all pixels, so a crafted one
# with thousands would burn the whole allowance of processor time.
_MAX_SCANS = 64
_SCAN = re.compile(rb"\xff\xda\x00[\x06-\x0c]")
_HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"}
_MESSAGES = {
    "empty": "This file is empty. Take or choose the photo again.",
    "not_an_image": "This file is not a photo. Send a JPEG, PNG, WebP or HEIC photo.",
    "format_not_accepted": (
        "This kind of picture can't be used. Send a JPEG, PNG, WebP or HEIC photo."
    ),
    "too_large": "This file is larger than 15 MB. Send a smaller photo.",
    "too_many_pixels": (
        "This photo has more than 50 million pixels. Choose a lower resolution in your camera."
    ),
    "too_small": (
        "This photo is smaller than 100 pixels on one side. Send the original photo, not a preview."
    ),
    "wrong_shape": "This picture is a narrow strip. Send a photo as the camera took it.",
    "damaged": "This photo is damaged or incomplete. Take it again, or send it again.",
    "animated": "This picture is an animation. Send a still photo.",
    "too_complex": "This photo could not be read safely. Take it again with your camera.",
}


class PhotoRejected(Exception):
    """This file can't be taken as a photo; ``code`` says why, ``message`` what to do."""

    def __init__(self, code: str):
        self.code = code
        self.message = _MESSAGES[code]
        super().__init__(self.message)


@dataclass(frozen=True)
class CleanPhoto:
    """A photo made anew from pixels: upright, sRGB, 8 bit, no metadata, no profile."""

    jpeg: bytes  # longest side at most MAX_SIDE
    thumbnail: bytes  # JPEG, longest side at most THUMBNAIL_SIDE
    width: int  # pixels of `jpeg`
    height: int
    sha256: str  # of `jpeg`, hexadecimal
    source_format: str  # JPEG, PNG, WEBP or HEIF: what the original was by its content
    sharpness: float  # standard deviation of the Laplacian at 512 px, grey levels; blurred: below 3
    brightness: float  # mean luminance, 0 black to 1 white
    lesion_share: float  # of the picture's area that stands out from the skin around it; 0: nothing
    fingerprint: str  # 64 bits, hexadecimal: nearly alike pictures differ in few of them
    device: str  # kind and make of what took it, such as "phone: Apple", or "unknown"

    def header(self) -> dict[str, object]:
        """What the child process writes before the two JPEGs."""
        return {
            "width": self.width,
            "height": self.height,
            "thumbnail_length": len(self.thumbnail),
            "photo_length": len(self.jpeg),
            "sha256": self.sha256,
            "source_format": self.source_format,
            "sharpness": self.sharpness,
            "brightness": self.brightness,
            "lesion_share": self.lesion_share,
            "fingerprint": self.fingerprint,
            "device": self.device,
        }


def clean(data: bytes) -> CleanPhoto:
    """Make a clean photo of any file's bytes. Raises `PhotoRejected`.

    Decodes in this very process: call it on a stranger's bytes only where a crash or a gigabyte
    of memory harms nobody, else use `clean_isolated`.
    """
    source_format = sniff(data)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        # Phones write odd notes beside sound pixels, and the notes are thrown away in any case.
        warnings.filterwarnings("ignore", message=r".*(EXIF|Truncated File Read)")
        try:
            picture, device = _decode(data, source_format)
        except PhotoRejected:
            raise
        except MemoryError:
            raise PhotoRejected("too_complex") from None
        except Exception as error:  # a crafted file can make a decoder raise anything
            raise PhotoRejected("damaged") from error
    grey = picture.convert("L")
    grey.thumbnail((MEASURED_SIDE, MEASURED_SIDE), Image.Resampling.BILINEAR, reducing_gap=None)
    jpeg = _encode(picture, quality=92)
    width, height = picture.size
    picture.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE), Image.Resampling.BICUBIC)
    return CleanPhoto(
        jpeg=jpeg,
        thumbnail=_encode(picture, quality=82),
        width=width,
        height=height,
        sha256=hashlib.sha256(jpeg).hexdigest(),
        source_format=source_format,
        sharpness=_sharpness(grey),
        brightness=round(ImageStat.Stat(grey).mean[0] / 255, 4),
        lesion_share=find_lesion(picture),
        fingerprint=fingerprint(grey),
        device=device,
    )


def clean_isolated(data: bytes, *, timeout: float = 30.0) -> CleanPhoto:
    """`clean` in a child process under the limits above. Raises `PhotoRejected`.

    `timeout` is in seconds of wall-clock time, for a machine too busy to give the child its ten
    seconds of processor.
    """
    if len(data) > MAX_BYTES:
        raise PhotoRejected("too_large")
    try:
        child = subprocess.run(
            [sys.executable, "-m", "inference.image"],
            input=data,
            capture_output=True,
            timeout=timeout,
            cwd=Path(__file__).resolve().parents[1],
            env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8"},
        )
    except subprocess.TimeoutExpired:
        raise PhotoRejected("too_complex") from None
    if child.returncode == 2:
        raise PhotoRejected(json.loads(child.stdout)["code"])
    if child.returncode != 0:
        raise PhotoRejected("too_complex")
    line, _, body = child.stdout.partition(b"\n")
    header = json.loads(line)
    length, thumbnail_length = header.pop("photo_length"), header.pop("thumbnail_length")
    jpeg, thumbnail = body[:length], body[length : length + thumbnail_length]
    return CleanPhoto(jpeg=jpeg, thumbnail=thumbnail, **header)


def sniff(data: bytes) -> str:
    """The format by content, never by name: JPEG, PNG, WEBP or HEIF. Raises `PhotoRejected`."""
    if not data:
        raise PhotoRejected("empty")
    if len(data) > MAX_BYTES:
        raise PhotoRejected("too_large")
    if data[:3] == b"\xff\xd8\xff":
        return "JPEG"
    if data[:8] == b"\x89PNG\r\n\x1a\n":
        return "PNG"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    if data[4:8] == b"ftyp":
        length = int.from_bytes(data[:4], "big")
        brands = {data[i : i + 4] for i in range(8, min(length, 128), 4)}
        if brands & _HEIF_BRANDS and data[8:12] not in (b"avif", b"avis"):
            return "HEIF"
        raise PhotoRejected("format_not_accepted")
    others = (b"GIF8", b"BM", b"II*\0", b"MM\0*", b"%PDF", b"8BPS", b"\0\0\1\0", b"\xff\x0a")
    if data.startswith(others) or b"<svg" in data[:4096].lower():
        raise PhotoRejected("format_not_accepted")
    raise PhotoRejected("not_an_image")


def limit_this_process() -> None:
    """Bound what a hostile file can take: memory, processor, open files, written files, dumps."""
    sys.stdout.flush()
    for limit, value in (
        (resource.RLIMIT_AS, MEMORY_LIMIT),
        (resource.RLIMIT_CPU, CPU_LIMIT),
        (resource.RLIMIT_NOFILE, FILE_LIMIT),
        (resource.RLIMIT_FSIZE, 0),  # pipes are not files: the answer still gets out
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (value, value))


def _decode(data: bytes, source_format: str) -> tuple[Image.Image, str]:
    """Bytes -> upright sRGB picture, longest side at most MAX_SIDE, and what took it."""
    picture = _open(io.BytesIO(data), source_format)
    width, height = picture.size
    if width * height > MAX_PIXELS:
        raise PhotoRejected("too_many_pixels")
    if min(width, height) < MIN_SIDE:
        raise PhotoRejected("too_small")
    if max(width, height) > MAX_SHAPE * min(width, height):
        raise PhotoRejected("wrong_shape")
    if getattr(picture, "is_animated", False) and source_format in ("PNG", "WEBP"):
        raise PhotoRejected("animated")
    _draft(picture)
    picture.load()
    orientation, device = _orientation(picture), _device(picture)
    profile = picture.info.get("icc_profile")
    picture = _shrunk(_eight_bit(picture))
    picture = _flattened(_to_srgb(picture, profile))
    if orientation is not None:
        picture = picture.transpose(orientation)
    # A picture made from bare pixels carries nothing else over: no EXIF, XMP, comment, profile.
    return Image.frombytes("RGB", picture.size, picture.tobytes()), device


def _open(stream: io.BytesIO, source_format: str) -> Image.Image:
    # The plugin's class itself: `Image.open` would turn a JPEG with a second picture behind it
    # (MPO, as many phones write) into another format, and complain where that is malformed.
    if source_format == "JPEG":
        from PIL.JpegImagePlugin import JpegImageFile

        if len(_SCAN.findall(stream.getbuffer())) > _MAX_SCANS:
            raise PhotoRejected("too_complex")
        return JpegImageFile(stream)
    if source_format == "PNG":
        from PIL.PngImagePlugin import PngImageFile

        return PngImageFile(stream)
    if source_format == "WEBP":
        from PIL.WebPImagePlugin import WebPImageFile

        return WebPImageFile(stream)
    import pillow_heif

    pillow_heif.options.DECODE_THREADS = 1  # each thread's stack counts against the memory limit
    pillow_heif.options.THUMBNAILS = False
    pillow_heif.options.DEPTH_IMAGES = False
    pillow_heif.options.AUX_IMAGES = False
    return pillow_heif.HeifImageFile(stream)


def _draft(picture: Image.Image) -> None:
    longest = max(picture.size)
    if longest > MAX_SIDE:
        scale = _DRAFT_SIDE / longest
        wanted = (round(picture.width * scale), round(picture.height * scale))
        picture.draft(None, wanted)


def _orientation(picture: Image.Image) -> Image.Transpose | None:
    """The turn that makes the picture upright, from its EXIF."""
    try:
        value = picture.getexif().get(0x0112)
    except Exception:  # the pixels are sound; only the note on how the phone was held is not
        return None
    return {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_270,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_90,
    }.get(value)


def _device(picture: Image.Image) -> str:
    try:
        return device_of(*(str(picture.getexif().get(tag, "")) for tag in (0x010F, 0x0110)))
    except Exception:
        return UNKNOWN


def _eight_bit(picture: Image.Image) -> Image.Image:
    """To one of L, LA, RGB, RGBA, CMYK, LAB with 8 bits a channel."""
    if picture.mode.startswith("I") or picture.mode == "F":
        return picture.convert("I").point(lambda level: level * (1 / 256)).convert("L")
    if picture.mode == "1":
        return picture.convert("L")
    if picture.mode in ("P", "PA") or "transparency" in picture.info:
        return picture.convert("RGBA")
    if picture.mode in ("YCbCr", "HSV", "RGBX"):
        return picture.convert("RGB")
    return picture


def _shrunk(picture: Image.Image) -> Image.Image:
    if (scale := MAX_SIDE / max(picture.size)) >= 1:
        return picture
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    return picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)


def _to_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """Colours as sRGB, so that a wide-gamut photo doesn't turn pale when its profile is dropped."""
    alpha = picture.getchannel("A") if picture.mode in ("LA", "RGBA") else None
    base = picture.convert(picture.mode[:-1]) if alpha else picture
    if profile:
        # A profile that is broken or meant for another kind of picture says nothing about it.
        with contextlib.suppress(ImageCms.PyCMSError, OSError):
            base = ImageCms.profileToProfile(
                base,
                ImageCms.ImageCmsProfile(io.BytesIO(profile)),
                ImageCms.createProfile("sRGB"),
                renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
                outputMode="RGB",
            )
    base = base.convert("RGB")
    if alpha:
        base.putalpha(alpha)
    return base


def _flattened(picture: Image.Image) -> Image.Image:
    if picture.mode != "RGBA":
        return picture
    white = Image.new("RGB", picture.size, "white")
    white.paste(picture, mask=picture.getchannel("A"))
    return white


def _encode(picture: Image.Image, *, quality: int) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=quality, subsampling="4:2:0", optimize=False)
    return stream.getvalue()


def _sharpness(grey: Image.Image) -> float:
    laplacian = ImageFilter.Kernel((3, 3), (0, 1, 0, 1, -4, 1, 0, 1, 0), scale=1, offset=128)
    edges = ImageOps.crop(grey.filter(laplacian), 2)
    return round(ImageStat.Stat(edges).stddev[0], 3)


@contextlib.contextmanager
def _only_our_output() -> Iterator[io.BufferedWriter]:
    """Standard output for the answer alone: what a codec prints goes to standard error."""
    sys.stdout.flush()
    answer = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    with answer:
        yield answer


def main() -> int:
    limit_this_process()
    with _only_our_output() as answer:
        data = sys.stdin.buffer.read(MAX_BYTES + 1)
        try:
            photo = clean(data)
        except PhotoRejected as rejected:
            line = {"code": rejected.code, "message": rejected.message}
            answer.write(json.dumps(line).encode() + b"\n")
            return 2
        answer.write(json.dumps(photo.header()).encode() + b"\n")
        answer.write(photo.jpeg)
        answer.write(photo.thumbnail)
    return 0


if __name__ == "__main__":
    sys.exit(main())
