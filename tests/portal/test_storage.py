"""Where photos lie: on disk before anybody is told so, closed to others, without an address."""

import os
import stat
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage


@pytest.fixture
def root(settings, tmp_path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT


def test_a_file_and_every_folder_that_may_be_new_are_on_disk_once_it_is_saved(root, monkeypatch):
    synced, fsync = [], os.fsync

    def noting(descriptor: int) -> None:
        synced.append(Path(os.readlink(f"/proc/self/fd/{descriptor}")))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", noting)
    default_storage.save("ab/cd/photo.jpg", ContentFile(b"x"))
    assert synced == [root / "ab/cd/photo.jpg", root / "ab/cd", root / "ab", root]


def test_nobody_else_on_the_machine_reads_it_and_it_has_no_address(root):
    name = default_storage.save("ab/cd/photo.jpg", ContentFile(b"x"))
    assert stat.S_IMODE((root / name).stat().st_mode) == 0o640
    assert stat.S_IMODE((root / "ab").stat().st_mode) == 0o750
    with pytest.raises(ValueError, match="not accessible via a URL"):
        default_storage.url(name)
