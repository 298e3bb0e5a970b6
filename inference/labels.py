"""The codes that a network's outputs may have, the same as those of the clinic's conditions.

A network answers with a tuple of these codes, any subset in any order; its run and its artifact
store that tuple. A test compares the codes with `triage.conditions`, which nothing here imports.
"""

from __future__ import annotations

CONDITIONS = ("AK", "ATOPIC", "BCC", "BKL", "DF", "MEL", "NV", "SCC", "TINEA", "VASC")
OTHER = "OTHER"  # none of these
ISIC2019 = ("AK", "BCC", "BKL", "DF", "MEL", "NV", "SCC", "VASC")
MALIGNANT = ("BCC", "MEL", "SCC")  # AK is premalignant: its probability is shown, not counted here

BINARY = ("BENIGN", "MALIGNANT")  # data sets and networks that tell no more than this


def binary(code: str) -> str:
    """The one of `BINARY` that a condition is. Raises ``KeyError`` for OTHER and unknown codes."""
    if code in BINARY:
        return code
    if code not in CONDITIONS:
        raise KeyError(code)
    return "MALIGNANT" if code in MALIGNANT else "BENIGN"
