"""What comes in, and what is kept of it."""

import io
import random
import struct
import zlib

import pillow_heif
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, PngImagePlugin

from inference.image import (
    MAX_BYTES,
    MAX_SIDE,
    THUMBNAIL_SIDE,
    PhotoRejected,
    clean,
    clean_isolated,
)
from tests.inference.conftest import encoded

pillow_heif.register_heif_opener()


def code_of(data: bytes) -> str:
    with pytest.raises(PhotoRejected) as rejected:
        clean(data)
    return rejected.value.code


def kept(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(clean(data).jpeg))


def close(found: tuple[int, ...], expected: tuple[int, ...], within: int = 6) -> bool:
    return all(abs(a - b) <= within for a, b in zip(found, expected, strict=True))


def quarters() -> Image.Image:
    """Red, green above blue, white: shows any turn."""
    picture = Image.new("RGB", (400, 300))
    for box, colour in (
        ((0, 0, 200, 150), "red"),
        ((200, 0, 400, 150), "lime"),
        ((0, 150, 200, 300), "blue"),
        ((200, 150, 400, 300), "white"),
    ):
        picture.paste(colour, box)
    return picture


# -- what is taken -------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_a_photo_in_each_format_is_taken(lesion, kind):
    photo = clean(encoded(lesion, kind, quality=90))
    assert photo.source_format == kind
    assert (photo.width, photo.height) == lesion.size
    picture = Image.open(io.BytesIO(photo.jpeg))
    assert (picture.format, picture.mode) == ("JPEG", "RGB")
    assert close(picture.resize((1, 1)).getpixel((0, 0)), lesion.resize((1, 1)).getpixel((0, 0)))


def test_a_large_photo_is_bounded_and_has_a_thumbnail(lesion):
    photo = clean(encoded(lesion.resize((4032, 3024))))
    assert 1600 <= photo.width <= MAX_SIDE
    assert abs(photo.width / photo.height - 4 / 3) < 0.01
    thumbnail = Image.open(io.BytesIO(photo.thumbnail))
    assert (thumbnail.format, max(thumbnail.size)) == ("JPEG", THUMBNAIL_SIDE)


def test_a_photo_with_a_side_of_12000_pixels_is_taken():
    photo = clean(encoded(Image.new("RGB", (12_000, 4_000), "tan")))
    assert max(photo.width, photo.height) <= MAX_SIDE


@pytest.mark.parametrize(
    ("mode", "colour", "expected"),
    [
        ("L", 128, (128, 128, 128)),
        ("LA", (128, 255), (128, 128, 128)),
        ("RGBA", (200, 100, 50, 255), (200, 100, 50)),
        ("RGBA", (200, 100, 50, 0), (255, 255, 255)),
        ("RGBA", (200, 100, 0, 128), (227, 177, 127)),
        ("1", 1, (255, 255, 255)),
        ("I;16", 128 * 257, (128, 128, 128)),
    ],
)
def test_every_kind_of_png_becomes_8_bit_rgb(mode, colour, expected):
    picture = kept(encoded(Image.new(mode, (200, 150), colour), "PNG"))
    assert picture.mode == "RGB"
    assert close(picture.getpixel((100, 75)), expected, within=2)


def test_a_16_bit_colour_png_becomes_8_bit():
    row = b"\0" + struct.pack(">3H", 0xC800, 0x6400, 0x3200) * 120

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">2I5B", 120, 120, 16, 2, 0, 0, 0))
    data += chunk(b"IDAT", zlib.compress(row * 120)) + chunk(b"IEND", b"")
    assert close(kept(data).getpixel((60, 60)), (200, 100, 50))


def test_a_palette_png_with_a_transparent_colour_is_flattened_on_white():
    picture = Image.new("P", (200, 200), 0)
    picture.putpalette([0, 0, 0, 200, 100, 50])
    picture.paste(1, (0, 0, 100, 200))
    found = kept(encoded(picture, "PNG", transparency=0))
    assert close(found.getpixel((40, 100)), (200, 100, 50))
    assert close(found.getpixel((160, 100)), (255, 255, 255))


def test_a_cmyk_jpeg_keeps_its_colours():
    colour = Image.new("RGB", (200, 200), (200, 100, 50)).convert("CMYK")
    assert close(kept(encoded(colour, "JPEG")).getpixel((100, 100)), (200, 100, 50), within=8)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_photo_is_turned_upright(kind, orientation):
    back = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[orientation]
    stored = quarters() if back is None else quarters().transpose(back)
    exif = Image.Exif()
    exif[0x0112] = orientation
    found = kept(encoded(stored, kind, exif=exif))
    assert found.size == (400, 300)
    corners = [found.getpixel(place) for place in ((50, 50), (350, 50), (50, 250), (350, 250))]
    expected = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)]
    assert all(close(a, b, within=12) for a, b in zip(corners, expected, strict=True))


def test_an_iphone_photo_held_upright_stays_upright():
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = quarters().transpose(Image.Transpose.ROTATE_90)
    found = kept(encoded(turned, "HEIF", exif=exif.tobytes(), quality=95))
    assert close(found.getpixel((50, 50)), (255, 0, 0), within=40)


def test_a_broken_note_of_orientation_does_not_cost_the_photo(lesion):
    assert clean(encoded(lesion, exif=b"Exif\0\0II*\0\xff\xff\xff\xff")).width == lesion.width


def test_wide_gamut_colours_are_converted_before_the_profile_goes():
    data = encoded(Image.new("RGB", (200, 200), (200, 60, 60)), icc_profile=display_p3())
    found = kept(data)
    assert found.info.get("icc_profile") is None
    red, green, blue = found.getpixel((100, 100))
    assert red > 210 and green < 52  # the same colour has a higher red and less green in sRGB


def display_p3() -> bytes:
    """A profile with Display P3's primaries: sRGB's with its three colorant tags replaced."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    colorants = {
        b"rXYZ": (0.51512, 0.24120, -0.00105),
        b"gXYZ": (0.29198, 0.69225, 0.04189),
        b"bXYZ": (0.15710, 0.06657, 0.78407),
    }
    for index in range(struct.unpack_from(">I", profile, 128)[0]):
        tag, offset = struct.unpack_from(">4sI", profile, 132 + 12 * index)
        if tag in colorants:
            values = (round(value * 65536) for value in colorants[tag])
            struct.pack_into(">3i", profile, offset + 8, *values)
    return bytes(profile)


def test_a_nonsensical_profile_is_ignored(lesion):
    assert clean(encoded(lesion, icc_profile=b"not a profile" * 20)).width == lesion.width


@pytest.mark.parametrize("name", ["mole.png", "mole.jfif", "mole.exe", "mole"])
def test_the_name_of_a_file_says_nothing(lesion, tmp_path, name):
    path = tmp_path / name
    path.write_bytes(encoded(lesion))
    assert clean(path.read_bytes()).source_format == "JPEG"


def test_a_phone_jpeg_with_a_second_picture_behind_it_is_a_jpeg(lesion):
    data = encoded(lesion, "MPO", save_all=True, append_images=[lesion])
    assert clean(data).source_format == "JPEG"


def test_the_advice_tells_sharp_from_blurred_and_light_from_dark(lesion):
    from PIL import ImageEnhance, ImageFilter

    sharp = clean(encoded(lesion))
    blurred = clean(encoded(lesion.filter(ImageFilter.GaussianBlur(8))))
    dark = clean(encoded(ImageEnhance.Brightness(lesion).enhance(0.2)))
    assert blurred.sharpness < 3 < sharp.sharpness
    assert dark.brightness < 0.2 < sharp.brightness


# -- what is left of it --------------------------------------------------------------------------
SECRETS = (
    b"CANARY",
    b"Exif",
    b"http://ns.adobe.com",
    b"GPS",
    b"ICC_PROFILE",
    b"ftyp",
    b"PK\x03\x04",
)


def with_everything(picture: Image.Image, kind: str) -> bytes:
    exif = Image.Exif()
    exif[0x010F], exif[0x0131], exif[0xA431] = "CANARY maker", "CANARY software", "CANARY serial"
    exif.get_ifd(0x8825).update({1: "N", 2: (52.0, 31.0, 12.0), 29: "CANARY:GPS"})
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/">CANARY http://ns.adobe.com/</x:xmpmeta>'
    options: dict[str, object] = {"exif": exif, "icc_profile": display_p3()}
    if kind == "JPEG":
        options |= {"comment": b"CANARY comment", "xmp": xmp}
    elif kind == "PNG":
        text = PngImagePlugin.PngInfo()
        text.add_text("Comment", "CANARY text")
        text.add_itxt("XML:com.adobe.xmp", xmp.decode())
        options |= {"pnginfo": text}
    else:
        options |= {"xmp": xmp}
    return encoded(picture, kind, **options)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_no_metadata_survives(lesion, kind):
    original = with_everything(lesion, kind)
    assert b"CANARY" in original
    photo = clean(original + b"PK\x03\x04 CANARY archive behind the photo")
    for stored in (photo.jpeg, photo.thumbnail):
        assert [secret for secret in SECRETS if secret in stored] == []
        picture = Image.open(io.BytesIO(stored))
        assert not picture.getexif() and "comment" not in picture.info


@pytest.mark.parametrize("tail", [b"<script>alert(1)</script>", b"PK\x03\x04", b"%PDF-1.7"])
def test_a_polyglot_loses_its_other_half(lesion, tail):
    assert tail not in clean(encoded(lesion) + tail * 100).jpeg


def test_the_same_bytes_give_the_same_photo(lesion):
    data = encoded(lesion, "PNG")
    assert clean(data) == clean(data)


# -- what is refused -----------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b"hello", "not_an_image"),
        (b"MZ\x90\0" * 100, "not_an_image"),
        (b"<html><body>not a photo</body></html>", "not_an_image"),
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "format_not_accepted"),
        (b"%PDF-1.7\n", "format_not_accepted"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 200, "damaged"),
        (b"\x89PNG\r\n\x1a\n", "damaged"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "damaged"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "damaged"),
        (b"\0\0\0\x18ftypavif\0\0\0\0mif1avif", "format_not_accepted"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", "format_not_accepted"),
        (b"\xff\xd8\xff" + b"\0" * MAX_BYTES, "too_large"),
    ],
)
def test_what_is_not_a_photo_is_refused(data, code):
    assert code_of(data) == code


@pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF", "ICO", "PPM", "AVIF"])
def test_other_formats_are_refused(lesion, kind):
    assert code_of(encoded(lesion.resize((200, 150)), kind)) in (
        "format_not_accepted",
        "not_an_image",
    )


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
@pytest.mark.parametrize("part", [0.3, 0.7])
def test_a_photo_cut_short_is_damaged(lesion, kind, part):
    data = encoded(lesion, kind, quality=95)
    assert code_of(data[: int(len(data) * part)]) == "damaged"


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_an_animation_is_refused(kind):
    frames = [Image.new("RGB", (200, 200), colour) for colour in ("red", "green", "blue")]
    data = encoded(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)
    assert code_of(data) == "animated"


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_more_than_50_million_pixels_are_refused(kind):
    assert code_of(encoded(Image.new("L", (8000, 6300)), kind)) == "too_many_pixels"


@pytest.mark.parametrize(("kind", "written"), [("WEBP", "<2H"), ("HEIF", ">2I")])
def test_more_than_50_million_pixels_are_refused_by_what_the_header_claims(kind, written):
    data = encoded(Image.new("RGB", (320, 240)), kind)
    size = struct.pack(written, 320, 240)
    assert size in data
    assert code_of(data.replace(size, struct.pack(written, 8000, 6300))) == "too_many_pixels"


def test_a_decompression_bomb_is_refused_by_its_header():
    header = struct.pack(">2I5B", 60_000, 60_000, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + header
    data = (
        b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))
    )
    data += struct.pack(">I", 4) + b"IDAT" + b"\0" * 8
    assert code_of(data) == "too_many_pixels"


def test_a_jpeg_of_a_thousand_scans_is_refused_at_once():
    data = encoded(Image.new("L", (2000, 2000), 90), progressive=True)
    last = data[data.rindex(b"\xff\xda") : -2]
    assert code_of(data[:-2] + last * 1000 + data[-2:]) == "too_complex"


def test_a_preview_of_50_pixels_is_too_small(lesion):
    assert code_of(encoded(lesion.resize((320, 50)))) == "too_small"


def test_a_strip_is_refused():
    assert code_of(encoded(Image.new("RGB", (2000, 110)))) == "wrong_shape"


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32), kind=st.sampled_from(["JPEG", "PNG", "WEBP", "HEIF"]))
def test_any_damage_gives_a_photo_or_a_clear_refusal(seed, kind):
    picture = Image.radial_gradient("L").convert("RGB")
    data, draw = bytearray(encoded(picture, kind)), random.Random(seed)
    for _ in range(draw.randint(1, 20)):
        data[draw.randrange(len(data))] = draw.randrange(256)
    try:
        assert clean(bytes(data)).jpeg.startswith(b"\xff\xd8")
    except PhotoRejected as rejected:
        assert rejected.message.endswith(".")


# -- the process ---------------------------------------------------------------------------------
def test_the_process_gives_the_same_photo_as_the_function(lesion):
    data = encoded(lesion, "HEIF")
    assert clean_isolated(data) == clean(data)


def test_the_process_says_why_it_refuses():
    with pytest.raises(PhotoRejected, match="not a photo\\. Send a JPEG, PNG, WebP or HEIC photo"):
        clean_isolated(b"hello")


def taken_by(lesion, make: str, model: str = "", kind: str = "JPEG") -> str:
    notes = Image.Exif()
    notes[0x010F], notes[0x0110] = make, model
    return clean(encoded(lesion, kind, exif=notes)).device


@pytest.mark.parametrize(
    ("make", "model", "said"),
    [
        ("Apple", "iPhone 15", "phone: Apple"),
        ("Apple", "iPad Air", "tablet: Apple"),
        ("samsung", "SM-S911B", "phone: Samsung"),
        ("NIKON CORPORATION", "NIKON D850", "camera: Nikon"),
        ("Sony", "ILCE-7M3", "camera: Sony"),
        ("FotoFinder Systems", "medicam", "dermatoscope: FotoFinder"),
        ("Jane Doe's own camera", "", "unknown"),
        ("", "", "unknown"),
    ],
)
def test_what_took_a_photo_is_kept_in_a_word_of_ours(lesion, make, model, said):
    assert taken_by(lesion, make, model) == said


def test_a_picture_without_notes_was_taken_by_something_unknown(lesion):
    assert clean(encoded(lesion)).device == "unknown"
