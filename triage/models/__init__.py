"""The nouns of the clinic, one file each."""

from triage.models.assessment import Assessment, PhotoFinding
from triage.models.case import Case, CaseQuerySet, ScoringState
from triage.models.consent import Consent, ConsentKind
from triage.models.draft import Draft
from triage.models.embedding import PhotoEmbedding
from triage.models.erasure import Erasure, ErasureGround, LegalHold
from triage.models.lesion import BodySite, Lesion, Side
from triage.models.model_version import ModelApproval, ModelState, ModelVersion, Replay
from triage.models.pathology import PathologyResult, PathologySource, Specimen
from triage.models.patient import Patient, Sex, SkinType
from triage.models.photo import Photo, PhotoKind
from triage.models.review import Agreement, Confidence, PhotoAdequacy, Review, ReviewOutcome
from triage.models.second_reading import SecondReading, SecondReadingKind, Settlement
from triage.models.site import SiteSettings
from triage.models.snippet import Snippet
from triage.models.symptoms import Symptoms
from triage.models.upload import Upload
from triage.models.worker import Worker

__all__ = [
    "Agreement",
    "Assessment",
    "BodySite",
    "Case",
    "CaseQuerySet",
    "Confidence",
    "Consent",
    "ConsentKind",
    "Draft",
    "Erasure",
    "ErasureGround",
    "LegalHold",
    "Lesion",
    "PathologyResult",
    "PathologySource",
    "ModelApproval",
    "ModelState",
    "ModelVersion",
    "Patient",
    "Photo",
    "PhotoAdequacy",
    "PhotoEmbedding",
    "PhotoFinding",
    "PhotoKind",
    "Replay",
    "Review",
    "ReviewOutcome",
    "ScoringState",
    "SecondReading",
    "SecondReadingKind",
    "Settlement",
    "Sex",
    "Side",
    "SiteSettings",
    "SkinType",
    "Snippet",
    "Specimen",
    "Symptoms",
    "Upload",
    "Worker",
]
