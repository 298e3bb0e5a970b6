"""The process that decodes a stranger's file can take little and break nothing else."""

import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PIL import Image

from inference import image
from tests.inference.conftest import encoded

ROOT = Path(image.__file__).resolve().parents[1]
DECODER = [sys.executable, "-m", "inference.image"]


def limited(body: str) -> subprocess.CompletedProcess[bytes]:
    """Run ``body`` in a process that has limited itself as the decoder does."""
    program = f"import os, inference.image as image\nimage.CPU_LIMIT = 1\n{body}"
    return subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, timeout=60
    )


def test_the_running_decoder_has_its_limits_before_it_reads():
    child = subprocess.Popen(DECODER, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        wanted = {
            resource.RLIMIT_AS: image.MEMORY_LIMIT,
            resource.RLIMIT_CPU: 10,
            resource.RLIMIT_NOFILE: image.FILE_LIMIT,
            resource.RLIMIT_FSIZE: 0,
            resource.RLIMIT_CORE: 0,
        }
        until = time.monotonic() + 20
        while time.monotonic() < until:
            found = {limit: resource.prlimit(child.pid, limit) for limit in wanted}
            if found == {limit: (value, value) for limit, value in wanted.items()}:
                break
            time.sleep(0.02)
        assert found == {limit: (value, value) for limit, value in wanted.items()}
    finally:
        child.communicate(b"")


def test_memory_past_a_gigabyte_is_not_given():
    ended = limited("image.limit_this_process()\nbytearray(2**30)")
    assert b"MemoryError" in ended.stderr


def test_a_decoder_that_spins_is_killed():
    ended = limited("image.limit_this_process()\nwhile True: pass")
    assert ended.returncode < 0


def test_no_file_can_be_written(tmp_path):
    target = tmp_path / "written"
    ended = limited(
        f"image.limit_this_process()\nopen({str(target)!r}, 'w').write('x' * 9999)\nprint('wrote')"
    )
    assert b"wrote" not in ended.stdout
    assert not target.exists() or target.stat().st_size == 0


def test_few_files_can_be_open():
    ended = limited("image.limit_this_process()\nkept = [open('/dev/null') for _ in range(99)]")
    assert b"Too many open files" in ended.stderr


def test_a_crash_in_the_decoder_is_a_refusal_to_the_caller(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(image.PhotoRejected) as rejected:
        image.clean_isolated(b"\xff\xd8\xff")
    assert rejected.value.code == "too_complex"


def test_the_largest_photo_allowed_fits_in_the_limits():
    largest = Image.new("RGBA", (8000, 6200), (180, 120, 90, 255))
    photo = image.clean_isolated(encoded(largest, "PNG", compress_level=1), timeout=120)
    assert (photo.width, photo.source_format) == (image.MAX_SIDE, "PNG")


def test_the_answer_is_one_line_and_two_pictures(lesion):
    ended = subprocess.run(
        DECODER, input=encoded(lesion), capture_output=True, cwd=ROOT, timeout=60
    )
    line, _, body = ended.stdout.partition(b"\n")
    header = json.loads(line)
    photo, thumbnail = body[: header["photo_length"]], body[header["photo_length"] :]
    assert ended.returncode == 0
    assert photo[:3] == thumbnail[:3] == b"\xff\xd8\xff"
    assert len(thumbnail) == header["thumbnail_length"]
    assert set(header) == {
        "width",
        "height",
        "thumbnail_length",
        "photo_length",
        "sha256",
        "source_format",
        "sharpness",
        "brightness",
        "lesion_share",
        "fingerprint",
        "device",
    }


def test_a_refusal_is_one_line_and_status_2():
    ended = subprocess.run(DECODER, input=b"", capture_output=True, cwd=ROOT, timeout=60)
    assert ended.returncode == 2
    assert json.loads(ended.stdout) == {
        "code": "empty",
        "message": "This file is empty. Take or choose the photo again.",
    }


def test_the_decoder_imports_no_more_than_it_needs():
    program = "import sys, inference.image; print(*sys.modules)"
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True
    )
    heavy = {"numpy", "django", "tensorflow", "keras", "openvino", "pillow_heif"}
    assert heavy & set(ended.stdout.split()) == set()
