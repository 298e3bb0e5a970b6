"""What the API takes and gives. Shapes only: what is allowed is decided by the domain."""

from django.conf import settings
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from triage import conditions
from triage.answers import Answer as Told
from triage.api.fields import Answer, Exact, JSONObject, Number, WholeNumber
from triage.api.seen import OPINION_FIRST, REVIEW_FIRST, STATUSES, URGENCIES, urgency_name
from triage.measures import LARGEST_MM, LONGEST_WEEKS
from triage.models import (
    Agreement,
    BodySite,
    Confidence,
    PhotoKind,
    ReviewOutcome,
    Sex,
    Side,
)
from triage.priority import Reason, Source
from triage.symptoms import NOTES_LIMIT, QUESTIONS, Kind
from triage.worklist import Mark

DIAGNOSES = [condition.code for condition in conditions.CONDITIONS]
SMALL = 32_767  # the largest small integer of the database


def urgencies(**options: object) -> serializers.ChoiceField:
    return serializers.ChoiceField(choices=list(URGENCIES), **options)


# -- sending a case --------------------------------------------------------------------------------
def _answer(question: object) -> serializers.Field:
    if question.kind is Kind.YES_NO:
        return Answer(help_text=question.text)
    if question.name == "duration_weeks":
        return WholeNumber(
            min_value=0, max_value=LONGEST_WEEKS, allow_null=True, default=None,
            help_text=question.text,
        )  # fmt: skip
    return Number(
        min_value=0, max_value=LARGEST_MM, allow_null=True, default=None, help_text=question.text
    )


SymptomsSerializer = type(
    "SymptomsSerializer",
    (Exact,),
    {"__doc__": "What the patient can tell; null is 'not sure'.", "__module__": __name__}
    | {question.name: _answer(question) for question in QUESTIONS}
    | {
        "emergency_sign_unsure": serializers.BooleanField(
            default=False,
            help_text="The patient was asked for emergency signs and is unsure of those left null",
        )
    },
)


@extend_schema_field(SymptomsSerializer)
class SymptomsText(JSONObject):
    """Symptoms as a part of a form, in JSON."""


class SubmissionSerializer(serializers.Serializer):
    """A new case: one lesion, one to six photos of it."""

    photos = serializers.ListField(
        child=serializers.FileField(allow_empty_file=True, max_length=None),
        min_length=1,
        max_length=settings.PHOTOS_MAX,
        help_text="JPEG, PNG, WebP or HEIC, 15 MB each at most",
        error_messages={
            "required": "Add at least one photo.",
            "min_length": "Add at least one photo.",
            "max_length": "A case holds {max_length} photos at most.",
        },
    )
    photo_kinds = serializers.ListField(
        child=serializers.ChoiceField(choices=PhotoKind.choices),
        default=list,
        max_length=settings.PHOTOS_MAX,
        help_text="One for each photo, in their order; close_up where there are fewer",
    )
    body_site = serializers.ChoiceField(choices=BodySite.choices)
    body_side = serializers.ChoiceField(choices=Side.choices, default="")
    symptoms = SymptomsText(SymptomsSerializer(), required=False)
    notes = serializers.CharField(default="", allow_blank=True, max_length=NOTES_LIMIT)
    follows = serializers.CharField(
        required=False, max_length=14, help_text="Reference of an earlier case of the same lesion"
    )


# -- a case ----------------------------------------------------------------------------------------
class DeskSerializer(serializers.Serializer):
    """On whose desk a case lies."""

    reader = serializers.CharField()
    yours = serializers.BooleanField()
    until = serializers.DateTimeField()


class RowSerializer(serializers.Serializer):
    """A case in a list."""

    reference = serializers.CharField()
    status = serializers.ChoiceField(choices=STATUSES)
    urgency = urgencies(allow_null=True)
    how_soon = serializers.CharField(allow_null=True)
    score = serializers.IntegerField(allow_null=True)
    due_at = serializers.DateTimeField(allow_null=True)
    submitted_at = serializers.DateTimeField()
    answered_at = serializers.DateTimeField(allow_null=True)
    waits_for_photos_since = serializers.DateTimeField(allow_null=True)
    body_site = serializers.ChoiceField(choices=BodySite.choices)
    body_side = serializers.ChoiceField(choices=Side.choices)
    emergency_told = serializers.BooleanField(allow_null=True)
    desk = DeskSerializer(allow_null=True)


class PrioritySerializer(serializers.Serializer):
    score = serializers.IntegerField(allow_null=True)
    due_at = serializers.DateTimeField(allow_null=True)


class ReasonSerializer(serializers.Serializer):
    """One contribution to the priority: what it says, what it adds, what it argues for."""

    code = serializers.CharField()
    source = serializers.ChoiceField(choices=[source.value for source in Source])
    text = serializers.CharField()
    points = serializers.IntegerField()
    urgency = serializers.SerializerMethodField()

    @extend_schema_field(urgencies(allow_null=True))
    def get_urgency(self, reason: Reason) -> str | None:
        return None if reason.urgency is None else urgency_name(reason.urgency)


class LikelySerializer(serializers.Serializer):
    condition = serializers.CharField(help_text="Code")
    name = serializers.CharField()
    probability = serializers.FloatField(min_value=0, max_value=1)


class MoveSerializer(serializers.Serializer):
    """What one fact did to the model's risks, all else the same."""

    fact = serializers.CharField()
    words = serializers.CharField(help_text='Such as "bled" or "age 71"')
    melanoma = serializers.FloatField(help_text="Change of log-odds")
    malignancy = serializers.FloatField(help_text="Change of log-odds")


class AddedSerializer(serializers.Serializer):
    """What the photos said alone, and what the history made of it."""

    photo_malignancy_risk = serializers.FloatField(min_value=0, max_value=1)
    photo_melanoma_risk = serializers.FloatField(min_value=0, max_value=1)
    malignancy_risk = serializers.FloatField(min_value=0, max_value=1)
    melanoma_risk = serializers.FloatField(min_value=0, max_value=1)
    moved = MoveSerializer(many=True)


class AssessmentSerializer(serializers.Serializer):
    """What the model said. `top` is empty for a patient whose photo it does not know."""

    model_version = serializers.CharField()
    top = LikelySerializer(many=True, help_text="At most four, likeliest first")
    malignancy_risk = serializers.FloatField(
        min_value=0, max_value=1, help_text="As ranked: of photos alone and with history the higher"
    )
    in_domain = serializers.BooleanField()
    history = AddedSerializer(
        allow_null=True, help_text="For dermatologists; null where no history was joined"
    )


class NamedSerializer(serializers.Serializer):
    code = serializers.CharField()
    name = serializers.CharField()


class SignedSerializer(serializers.Serializer):
    """The newest signed review, as the patient is told it."""

    version = serializers.IntegerField()
    diagnosis = NamedSerializer(source="condition")
    urgency = serializers.SerializerMethodField()
    outcome = serializers.ChoiceField(choices=ReviewOutcome.choices)
    what_next = serializers.CharField()
    advice = serializers.CharField()
    safety_net = serializers.CharField()
    follow_up_weeks = serializers.IntegerField(allow_null=True)
    signed_at = serializers.DateTimeField()
    reader = serializers.CharField()

    @extend_schema_field(urgencies())
    def get_urgency(self, answer: Told) -> str:
        return urgency_name(answer.urgency)


class StaffSerializer(serializers.Serializer):
    """The rest of the signed review, for dermatologists."""

    confidence = serializers.IntegerField(allow_null=True)
    differential = serializers.CharField(allow_blank=True)
    findings = serializers.CharField(allow_blank=True)
    destination = serializers.CharField(allow_blank=True)
    urgency_reason = serializers.CharField(allow_blank=True)
    agreement = serializers.ChoiceField(choices=Agreement.choices)
    first_diagnosis = serializers.CharField(allow_blank=True)
    amendment_reason = serializers.CharField(allow_blank=True)


class LookSerializer(serializers.Serializer):
    """Somebody of the staff who has looked at the photos."""

    who = serializers.CharField()
    days = serializers.IntegerField(help_text="On how many different days")
    last = serializers.DateTimeField()


class DraftSerializer(serializers.Serializer):
    """Your own review of a case that you have not signed yet."""

    opened_at = serializers.DateTimeField()
    first_committed_at = serializers.DateTimeField(allow_null=True)
    first_diagnosis = serializers.CharField(allow_blank=True)
    first_confidence = serializers.IntegerField(allow_null=True)
    revealed_at = serializers.DateTimeField(allow_null=True)


class PhotoSerializer(serializers.Serializer):
    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=PhotoKind.choices, source="photo.kind")
    width = serializers.IntegerField(source="photo.width")
    height = serializers.IntegerField(source="photo.height")
    url = serializers.CharField()
    thumbnail_url = serializers.CharField()


class HistorySerializer(serializers.Serializer):
    """What a dermatologist needs to know of the patient; null is 'not known'."""

    age = serializers.IntegerField(allow_null=True)
    sex = serializers.ChoiceField(choices=Sex.choices, allow_blank=True)
    skin_type = serializers.IntegerField(allow_null=True)
    previous_skin_cancer = serializers.BooleanField(allow_null=True)
    family_melanoma = serializers.BooleanField(allow_null=True)
    immunosuppression = serializers.BooleanField(allow_null=True)
    medication = serializers.CharField(allow_blank=True)
    sun_exposure = serializers.BooleanField(allow_null=True)
    phone = serializers.CharField(allow_blank=True)


class CaseSerializer(RowSerializer):
    """A case as you may see it; `withheld` says why parts of it are not there yet."""

    emergency = serializers.CharField(
        allow_null=True, help_text="Show this before anything else, where it is not null"
    )
    priority = PrioritySerializer()
    reasons = ReasonSerializer(many=True)
    assessment = AssessmentSerializer(allow_null=True)
    withheld = serializers.ChoiceField(choices=[OPINION_FIRST, REVIEW_FIRST], allow_null=True)
    review = SignedSerializer(allow_null=True)
    review_for_staff = StaffSerializer(allow_null=True)
    my_review = DraftSerializer(allow_null=True)
    symptoms = SymptomsSerializer()
    notes = serializers.CharField(allow_blank=True)
    photos = PhotoSerializer(many=True)
    looks = LookSerializer(many=True, allow_null=True, help_text="For the patient")
    patient = HistorySerializer(allow_null=True, help_text="For dermatologists")
    scoring_problem = serializers.CharField(allow_null=True, allow_blank=True)


class CaseListSerializer(serializers.Serializer):
    next = serializers.CharField(allow_null=True, help_text="Address of the next page")
    results = RowSerializer(many=True)


class WorklistSerializer(serializers.Serializer):
    """Which open cases to list; without them, all."""

    urgency = urgencies(required=False)
    state = serializers.ChoiceField(choices=Mark.choices, required=False)
    body_site = serializers.ChoiceField(choices=BodySite.choices, required=False)


# -- reading ---------------------------------------------------------------------------------------
class ClaimSerializer(Exact):
    reference = serializers.CharField(
        required=False, max_length=14, help_text="This case; the most urgent free one without"
    )


class HeldSerializer(serializers.Serializer):
    until = serializers.DateTimeField()


class OpinionSerializer(Exact):
    diagnosis = serializers.ChoiceField(choices=DIAGNOSES)
    urgency = urgencies()
    confidence = serializers.ChoiceField(choices=Confidence.choices, help_text="1 low ... 3 high")


class DecisionSerializer(Exact):
    diagnosis = serializers.ChoiceField(choices=DIAGNOSES)
    urgency = urgencies()
    outcome = serializers.ChoiceField(choices=ReviewOutcome.choices)
    advice = serializers.CharField(max_length=5000, help_text="For the patient")
    safety_net = serializers.CharField(max_length=5000, help_text="When to seek help, for them too")
    confidence = serializers.ChoiceField(choices=Confidence.choices, allow_null=True, default=None)
    differential = serializers.CharField(default="", allow_blank=True, max_length=300)
    findings = serializers.CharField(
        default="", allow_blank=True, max_length=4000, help_text="For staff"
    )
    destination = serializers.CharField(default="", allow_blank=True, max_length=200)
    urgency_reason = serializers.CharField(
        default="", allow_blank=True, max_length=500, help_text="Needed to lower the urgency"
    )
    follow_up_weeks = WholeNumber(min_value=0, max_value=SMALL, allow_null=True, default=None)
    adequate = serializers.DictField(
        child=serializers.BooleanField(), default=dict,
        help_text="By photo id: good enough to judge by",
    )  # fmt: skip


class ReviewSerializer(Exact):
    """One step or both: the first opinion is locked before the model's is shown, then you sign.
    With `amendment_reason`, the decision replaces the signed one."""

    first_opinion = OpinionSerializer(required=False)
    decision = DecisionSerializer(required=False)
    amendment_reason = serializers.CharField(required=False, max_length=500)

    def validate(self, attrs: dict) -> dict:
        if not attrs.keys() & {"first_opinion", "decision"}:
            raise serializers.ValidationError("Send first_opinion, decision or both.")
        if "amendment_reason" in attrs and attrs.keys() != {"amendment_reason", "decision"}:
            raise serializers.ValidationError("An amendment needs a decision and nothing else.")
        return attrs
