"""Say what a machine's Python lacks before `make` uses it. Runs on any Python 3."""

import importlib.util
import sys

NAME = "python{}.{}".format(*sys.version_info[:2])

if not (3, 11) <= sys.version_info < (3, 14):
    sys.exit(
        f"Python 3.11, 3.12 or 3.13 is needed, this is {NAME}. Install one of those and name it: "
        "make run PYTHON=python3.13"
    )
if not (importlib.util.find_spec("ensurepip") and importlib.util.find_spec("venv")):
    sys.exit(f"Python's venv module is missing. Install it: apt-get install {NAME}-venv")
