"""A hash over what a model said of a case, for the ledger.

Administrators read the ledger and may read nothing clinical, so an entry holds this instead of the
numbers; the row of the assessment has them, and gives the same hash as long as nobody has changed
them.
"""

import hashlib
import json
from typing import Any, Protocol

from triage.history import WithHistory

_TOLD = (
    "model_version", "artifact_sha256", "preprocessing_version", "engine", "probabilities",
    "melanoma_risk", "malignancy_risk", "uncertainty", "in_domain", "domain_score",
    "melanoma_threshold", "malignancy_threshold",
)  # fmt: skip
_WITH_HISTORY = (
    "facts", "probabilities", "melanoma_risk", "malignancy_risk", "melanoma_threshold",
    "malignancy_threshold",
)  # fmt: skip


class Said(Protocol):
    """A `triage.scoring.ScoringResult` or a row of assessments: both have these fields."""

    model_version: str
    probabilities: Any


def result_sha256(said: Said, history: WithHistory | None) -> str:
    values = {name: getattr(said, name) for name in _TOLD}
    if history is not None:
        values["with_history"] = {name: getattr(history, name) for name in _WITH_HISTORY}
    canonical = json.dumps(values, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
