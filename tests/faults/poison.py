"""Loaded by the worker of one test (`celery worker --include`): a photo that kills its decoder.

A real decoder bug cannot be kept in stock, so this stands in for one: the process that decodes a
photo with the mark is killed by the kernel, as it would be by a segmentation fault.
"""

import os
import signal

from inference import classifier, preprocessing

MARK = b"this photo kills its decoder"
read_pixels = preprocessing.read_pixels


def read_or_die(photo: bytes, *arguments: object, **options: object) -> object:
    if photo.endswith(MARK):
        os.kill(os.getpid(), signal.SIGKILL)
    return read_pixels(photo, *arguments, **options)


preprocessing.read_pixels = read_or_die
assert classifier.preprocessing is preprocessing
