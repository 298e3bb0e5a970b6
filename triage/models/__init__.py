"""The nouns of the clinic, one file each."""

from triage.models.assessment import Assessment, PhotoFinding
from triage.models.case import Case, CaseQuerySet, ScoringState
from triage.models.clock import Breach, DutyShift, Holiday
from triage.models.consent import Consent, ConsentKind
from triage.models.conversation import Conversation
from triage.models.draft import Draft
from triage.models.embedding import PhotoEmbedding
from triage.models.erasure import Erasure, ErasureGround, HoldEnd, HoldGround, LegalHold
from triage.models.lesion import BodySite, Lesion, Side
from triage.models.link import LinkPurpose, OneTimeLink
from triage.models.message import Message, Thread
from triage.models.model_version import ModelApproval, ModelState, ModelVersion, Replay
from triage.models.notification import ANSWERS, MailPreference, Notification, NotificationKind
from triage.models.pathology import PathologyResult, PathologySource, Specimen
from triage.models.patient import Patient, Sex, SkinType
from triage.models.photo import Photo, PhotoKind
from triage.models.photo_request import Ending, PhotoRequest
from triage.models.place import Locality, Offer, Place
from triage.models.review import Agreement, Confidence, PhotoAdequacy, Review, ReviewOutcome
from triage.models.rule_book import RuleBook
from triage.models.safety_alarm import SafetyAlarm
from triage.models.second_reading import SecondReading, SecondReadingKind, Settlement
from triage.models.snippet import Snippet
from triage.models.symptoms import Symptoms
from triage.models.upload import Upload
from triage.models.worker import Worker

__all__ = [
    "ANSWERS",
    "Agreement",
    "Assessment",
    "BodySite",
    "Breach",
    "Case",
    "CaseQuerySet",
    "Confidence",
    "Consent",
    "ConsentKind",
    "Conversation",
    "Draft",
    "DutyShift",
    "Ending",
    "Erasure",
    "ErasureGround",
    "HoldEnd",
    "HoldGround",
    "Holiday",
    "LegalHold",
    "Lesion",
    "LinkPurpose",
    "Locality",
    "MailPreference",
    "Message",
    "ModelApproval",
    "ModelState",
    "ModelVersion",
    "Notification",
    "NotificationKind",
    "Offer",
    "OneTimeLink",
    "PathologyResult",
    "PathologySource",
    "Patient",
    "Photo",
    "PhotoAdequacy",
    "PhotoEmbedding",
    "PhotoFinding",
    "PhotoKind",
    "PhotoRequest",
    "Place",
    "Replay",
    "Review",
    "ReviewOutcome",
    "RuleBook",
    "SafetyAlarm",
    "ScoringState",
    "SecondReading",
    "SecondReadingKind",
    "Settlement",
    "Sex",
    "Side",
    "SkinType",
    "Snippet",
    "Specimen",
    "Symptoms",
    "Thread",
    "Upload",
    "Worker",
]
