"""Send a case, list one's cases, read one, see its photos."""

import re
import uuid
from typing import Any

from django.db.models import Q
from django.http import HttpResponse
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiRequest, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from portal.accounts.models import Role, User
from portal.storage import private_file
from triage import access, intake, patients, photos, reading
from triage.api.base import UPLOAD_MAX, View
from triage.api.problems import PhotosRefused, ReadBlind
from triage.api.schema import problems
from triage.api.seen import Whole, rows
from triage.api.serializers import CaseListSerializer, CaseSerializer, SubmissionSerializer
from triage.models import CaseQuerySet, Patient, PhotoKind, Upload
from triage.permissions import visible_cases
from triage.symptoms import Answers

PAGE = 25
KEY = re.compile(r"[\x21-\x7e]{1,64}")
CASE_ROLES = (Role.PATIENT, Role.DERMATOLOGIST)


def seen_by(user: User, reference: str) -> Whole:
    """The case as this user may see it, the look at it on record. Raises Case.DoesNotExist, and
    ReadBlind for who reads it a second time blind."""
    if user.is_dermatologist:
        seen = reading.read(actor=user, reference=reference)
        if seen.blind:
            raise ReadBlind
        return Whole.of_reader(user, seen)
    return Whole.of_patient(user, access.read_case(actor=user, reference=reference))


class Cases(View):
    roles = CASE_ROLES
    parser_classes = [MultiPartParser]
    body_max = UPLOAD_MAX

    @extend_schema(
        operation_id="list_cases",
        parameters=[OpenApiParameter("after", str, description="Reference: go on after this case")],
        responses={200: CaseListSerializer} | problems(400, 401, 404),
    )
    def get(self, request: Request) -> Response:
        """Your cases, newest first: a patient's own, for a dermatologist the clinic's."""
        found = (
            visible_cases(request.user)
            .select_related("lesion", "symptoms", "patient", "reader")
            .prefetch_related("reviews")
        )
        found = _after(found, request.query_params.get("after", ""))
        cases = access.read_list(
            actor=request.user, cases=found.order_by("-submitted_at", "-pk")[:PAGE],
            action="case.listed",
        )  # fmt: skip
        more = len(cases) == PAGE
        body = {
            "next": f"{reverse('api:cases')}?after={cases[-1].reference}" if more else None,
            "results": rows(request.user, cases),
        }
        return Response(CaseListSerializer(body).data)

    @extend_schema(
        operation_id="send_case",
        parameters=[
            OpenApiParameter(
                "Idempotency-Key", str, OpenApiParameter.HEADER,
                description="Chosen by you, 1 to 64 visible ASCII characters; sent again with the "
                "same key, the request answers 200 with the case that it made the first time",
            )
        ],
        request=OpenApiRequest(
            SubmissionSerializer, encoding={"symptoms": {"contentType": "application/json"}}
        ),
        responses={200: CaseSerializer, 201: CaseSerializer}
        | problems(400, 401, 403, 404, 413, 415, 429),
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Send photos of one lesion with what you know of it. For patients."""
        patient = patients.patient_of(request.user)
        key = _key(request)
        if earlier := intake.find_earlier(patient=patient, idempotency_key=key):
            return _receipt(request.user, earlier.reference, created=False)
        form = SubmissionSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        sent = _submit(request.user, patient, form.validated_data, key)
        return _receipt(request.user, sent.case.reference, created=sent.created)


class OneCase(View):
    roles = CASE_ROLES

    @extend_schema(operation_id="read_case", responses={200: CaseSerializer} | problems(401, 404))
    def get(self, request: Request, reference: str) -> Response:
        """One case, as far as you may see it now."""
        return Response(CaseSerializer(seen_by(request.user, reference)).data)


class Photo(View):
    roles = CASE_ROLES
    size = "full"

    @extend_schema(responses={(200, "image/jpeg"): OpenApiTypes.BINARY} | problems(401, 404))
    def get(self, request: Request, pk: uuid.UUID) -> HttpResponse:
        """A photo of a case that you may see."""
        photo = access.read_photo(actor=request.user, photo_id=str(pk), size=self.size)
        file = photo.file if self.size == "full" else photo.thumbnail
        return private_file(file.name, shown_as="photo.jpg")


class Thumbnail(Photo):
    size = "thumbnail"


def _key(request: Request) -> str:
    key = request.headers.get("Idempotency-Key", "")
    if key and not KEY.fullmatch(key):
        raise ValidationError({"Idempotency-Key": "Send 1 to 64 visible ASCII characters."})
    return key or uuid.uuid4().hex


def _after(cases: CaseQuerySet, reference: str) -> CaseQuerySet:
    if not reference:
        return cases
    last = cases.filter(reference=reference.replace("\0", "")).first()
    if last is None:
        raise ValidationError({"after": "You have no such case; start again without it."})
    at = last.submitted_at
    return cases.filter(Q(submitted_at__lt=at) | Q(submitted_at=at, pk__lt=last.pk))


def _submit(user: User, patient: Patient, sent: dict[str, Any], key: str) -> intake.Submission:
    """Nothing is kept of a case that is refused."""
    place = _place(user, sent)
    answers = Answers(**sent.get("symptoms", {}), notes=sent["notes"])
    intake.check_may_send(patient, place)
    uploads = keep(user, patient, sent["photos"], sent["photo_kinds"])
    try:
        submission = intake.submit(
            actor=user, patient=patient, uploads=uploads, place=place, answers=answers,
            idempotency_key=key,
        )  # fmt: skip
    except Exception:
        discard(user, uploads)
        raise
    if not submission.created:  # the same request came twice at once; the other was first
        discard(user, uploads)
    return submission


def _place(user: User, sent: dict[str, Any]) -> intake.Place:
    if "follows" not in sent:
        return intake.Place(sent["body_site"], sent["body_side"])
    earlier = visible_cases(user).filter(reference=sent["follows"]).first()
    if earlier is None:
        raise ValidationError({"follows": "You have no such case."})
    return intake.Place(sent["body_site"], sent["body_side"], earlier.lesion)


def keep(user: User, patient: Patient, files: list[Any], kinds: list[str]) -> list[Upload]:
    cleaned = photos.receive(actor=user, patient=patient, sources=files)
    refused = {n: one for n, one in enumerate(cleaned) if isinstance(one, photos.PhotoRefused)}
    if refused:
        raise PhotosRefused(refused)
    kinds = kinds + [PhotoKind.CLOSE_UP] * (len(files) - len(kinds))
    return [
        photos.keep(actor=user, patient=patient, clean_photo=clean, kind=PhotoKind(kind))
        for clean, kind in zip(cleaned, kinds, strict=False)
    ]


def discard(user: User, uploads: list[Upload]) -> None:
    for upload in Upload.objects.filter(pk__in=[upload.pk for upload in uploads]):
        photos.discard(actor=user, upload=upload)


def _receipt(user: User, reference: str, *, created: bool) -> Response:
    body = CaseSerializer(seen_by(user, reference)).data
    where = {"Location": reverse("api:case", args=[reference])}
    return Response(body, status=201 if created else 200, headers=where)
