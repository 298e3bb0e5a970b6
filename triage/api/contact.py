"""What a patient and the clinic tell each other: photos again, messages, notifications."""

from django.conf import settings
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from triage import access, messages, notifications, retakes, rulebook
from triage.api.base import DERMATOLOGIST, PATIENT, UPLOAD_MAX, View
from triage.api.cases import CASE_ROLES, discard, keep, seen_by
from triage.api.schema import problems
from triage.api.serializers import CaseSerializer, Exact
from triage.models import PhotoKind
from triage.permissions import visible_notifications

PAGE = 50


class AskSerializer(Exact):
    reasons = serializers.MultipleChoiceField(choices=[(r.code, r.code) for r in retakes.REASONS])
    note = serializers.CharField(
        default="", allow_blank=True, max_length=retakes.NOTE_LIMIT, help_text="For the patient"
    )


class AskedSerializer(serializers.Serializer):
    asked_at = serializers.DateTimeField()
    wanted_by = serializers.DateTimeField(help_text="Then the case is back on the worklist")
    reasons = serializers.ListField(child=serializers.CharField())


class PhotosAgain(View):
    roles = DERMATOLOGIST

    @extend_schema(
        operation_id="ask_for_photos",
        request=AskSerializer,
        responses={201: AskedSerializer} | problems(400, 401, 404, 409, 415),
    )
    def post(self, request: Request, reference: str) -> Response:
        """Ask for new photos of a case on your desk: it leaves the desk and its clock stops."""
        case = access.find_case(
            actor=request.user, reference=reference, action="photos.asked_again"
        )
        form = AskSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        asked = retakes.ask(
            actor=request.user, case=case, reasons=sorted(form.validated_data["reasons"]),
            note=form.validated_data["note"],
        )  # fmt: skip
        return Response(AskedSerializer(asked).data, status=201)


class SendPhotosSerializer(serializers.Serializer):
    photos = serializers.ListField(
        child=serializers.FileField(allow_empty_file=True), min_length=1,
        max_length=settings.PHOTOS_MAX,
    )  # fmt: skip
    photo_kinds = serializers.ListField(
        child=serializers.ChoiceField(choices=PhotoKind.choices), default=list,
        max_length=settings.PHOTOS_MAX,
        help_text="One for each photo, in their order; close_up where there are fewer",
    )  # fmt: skip


class Photos(View):
    roles = PATIENT
    parser_classes = [MultiPartParser]
    body_max = UPLOAD_MAX

    @extend_schema(
        operation_id="send_photos_again",
        request=SendPhotosSerializer,
        responses={200: CaseSerializer} | problems(400, 401, 403, 404, 409, 413, 415, 429),
    )
    def post(self, request: Request, reference: str) -> Response:
        """Send the photos that the clinic asked for: they join the case, whose clock goes on."""
        case = access.find_case(actor=request.user, reference=reference, action="photos.sent_again")
        wanted = retakes.wanted(case)
        if wanted is None:
            raise retakes.NotWanted
        retakes.check_may_send(wanted)
        form = SendPhotosSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        sent = form.validated_data
        uploads = keep(request.user, case.patient, sent["photos"], sent["photo_kinds"])
        try:
            retakes.send(actor=request.user, case=case, uploads=uploads)
        except Exception:
            discard(request.user, uploads)
            raise
        return Response(CaseSerializer(seen_by(request.user, reference)).data)


class MessageSerializer(serializers.Serializer):
    id = serializers.IntegerField(source="pk")
    from_patient = serializers.BooleanField()
    text = serializers.CharField()
    sent_at = serializers.DateTimeField()


class SentSerializer(MessageSerializer):
    emergency = serializers.CharField(
        allow_null=True, help_text="Show this before anything else: what was written cannot wait"
    )


class WriteSerializer(Exact):
    text = serializers.CharField(max_length=messages.LIMIT)


class ThreadSerializer(serializers.Serializer):
    older = serializers.BooleanField(help_text="Ask with ?before= the first id for earlier ones")
    results = MessageSerializer(many=True, source="messages")


class Messages(View):
    roles = CASE_ROLES

    @extend_schema(
        operation_id="read_messages",
        parameters=[OpenApiParameter("before", int, description="Earlier than this message")],
        responses={200: ThreadSerializer} | problems(400, 401, 404),
    )
    def get(self, request: Request, reference: str) -> Response:
        """What was written about a case, the latest last; they count as read from here on."""
        before = request.query_params.get("before", "")
        if before and not (before.isdecimal() and len(before) < 19):
            raise ValidationError({"before": "Send the id of a message."})
        found = messages.read(
            actor=request.user, reference=reference, before=int(before) if before else None
        )
        return Response(ThreadSerializer(found).data)

    @extend_schema(
        operation_id="write_message",
        request=WriteSerializer,
        responses={201: SentSerializer} | problems(400, 401, 404, 415, 429),
    )
    def post(self, request: Request, reference: str) -> Response:
        """Write about a case, as its patient or as the clinic. For no emergency."""
        case = access.find_case(actor=request.user, reference=reference, action="message.sent")
        form = WriteSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        sent = messages.write(actor=request.user, case=case, text=form.validated_data["text"])
        alarming = sent.from_patient and messages.tells_emergency(sent.text)
        sent.emergency = rulebook.current().book.emergency_text if alarming else None
        return Response(SentSerializer(sent).data, status=201)


class NotificationSerializer(serializers.Serializer):
    kind = serializers.CharField(source="notification.kind")
    text = serializers.CharField()
    case = serializers.CharField(
        source="notification.case.reference", default=None, allow_null=True
    )
    created_at = serializers.DateTimeField(source="notification.created_at")
    read_at = serializers.DateTimeField(source="notification.read_at", allow_null=True)


class Notifications(View):
    @extend_schema(
        operation_id="list_notifications",
        responses={200: NotificationSerializer(many=True)} | problems(401),
    )
    def get(self, request: Request) -> Response:
        """The last fifty things that you were told; reading them here leaves them unread."""
        mine = visible_notifications(request.user).select_related("case")
        lines = [notifications.line(one, request.user) for one in mine.order_by("-pk")[:PAGE]]
        return Response(NotificationSerializer(lines, many=True).data)

    @extend_schema(
        operation_id="read_notifications", request=None, responses={204: None} | problems(401)
    )
    def post(self, request: Request) -> Response:
        """Mark everything as read."""
        notifications.mark_all_read(actor=request.user)
        return Response(status=204)
