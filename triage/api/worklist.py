"""A dermatologist's side: the worklist, the desk, reviews."""

from typing import Any
from urllib.parse import urlencode

from django.db import transaction
from django.urls import reverse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from portal.accounts.models import User
from triage import access, reviews, worklist
from triage.api.base import DERMATOLOGIST, View
from triage.api.cases import seen_by
from triage.api.problems import Conflict
from triage.api.schema import problems
from triage.api.seen import URGENCIES, rows
from triage.api.serializers import (
    CaseListSerializer,
    CaseSerializer,
    ClaimSerializer,
    HeldSerializer,
    ReviewSerializer,
    WorklistSerializer,
)
from triage.models import Case
from triage.worklist import Filters


class Worklist(View):
    roles = DERMATOLOGIST

    @extend_schema(
        operation_id="list_worklist",
        parameters=[WorklistSerializer, OpenApiParameter("cursor", str, description="From `next`")],
        responses={200: CaseListSerializer} | problems(400, 401, 404),
    )
    def get(self, request: Request) -> Response:
        """Open cases, the neediest first; put together, the pages are exactly the open cases."""
        query = WorklistSerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        found = worklist.matching(worklist.open_cases(request.user), _filters(asked))
        with transaction.atomic():
            page = worklist.page(found, cursor=request.query_params.get("cursor", ""))
            access.read_list(actor=request.user, cases=page.cases, action="worklist.viewed")
        following = urlencode({**asked, "cursor": page.next})
        body = {
            "next": f"{reverse('api:worklist')}?{following}" if page.next else None,
            "results": rows(request.user, page.cases),
        }
        return Response(CaseListSerializer(body).data)


class Claim(View):
    roles = DERMATOLOGIST

    @extend_schema(
        operation_id="claim_case",
        request=ClaimSerializer,
        responses={200: CaseSerializer, 204: None} | problems(400, 401, 404, 409, 415),
    )
    def post(self, request: Request) -> Response:
        """Take a case to your desk: this one, or the neediest that is free. 204: none is free."""
        form = ClaimSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        reference = form.validated_data.get("reference")
        case = _this(request.user, reference) if reference else worklist.claim_next(
            actor=request.user
        )  # fmt: skip
        if case is None:
            return Response(status=204)
        return Response(CaseSerializer(seen_by(request.user, case.reference)).data)


class Release(View):
    roles = DERMATOLOGIST

    @extend_schema(
        operation_id="release_case", request=None,
        responses={204: None} | problems(401, 404, 409),
    )  # fmt: skip
    def post(self, request: Request, reference: str) -> Response:
        """Put a case back from your desk."""
        case = access.find_case(actor=request.user, reference=reference, action="case.released")
        if not worklist.release(actor=request.user, case=case):
            raise reviews.NotYours
        return Response(status=204)


class Heartbeat(View):
    roles = DERMATOLOGIST

    @extend_schema(
        operation_id="keep_case", request=None,
        responses={200: HeldSerializer} | problems(401, 404, 409),
    )  # fmt: skip
    def post(self, request: Request, reference: str) -> Response:
        """Say that you are still reading, so that the case stays on your desk."""
        case = access.find_case(actor=request.user, reference=reference, action="case.kept")
        if not worklist.heartbeat(actor=request.user, case=case):
            raise reviews.NotYours
        case.refresh_from_db(fields=["reader_lease_until"])
        return Response(HeldSerializer({"until": case.reader_lease_until}).data)


class Reviews(View):
    roles = DERMATOLOGIST

    @extend_schema(
        operation_id="review_case",
        request=ReviewSerializer,
        responses={200: CaseSerializer, 201: CaseSerializer} | problems(400, 401, 404, 409, 415),
    )
    def post(self, request: Request, reference: str) -> Response:
        """Commit your first opinion, sign your decision, or both; or amend a signed answer.

        200 with the case after a first opinion: the model's result is shown from here on.
        201 with the case once the decision is signed.
        """
        case = access.find_case(actor=request.user, reference=reference, action="review.opened")
        form = ReviewSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        with transaction.atomic():
            signed = _review(request.user, case, form.validated_data)
        body = CaseSerializer(seen_by(request.user, reference)).data
        return Response(body, status=201 if signed else 200)


def _filters(asked: dict[str, str]) -> Filters:
    urgency = asked.get("urgency")
    return Filters(
        urgency=int(URGENCIES[urgency]) if urgency else None, mark=asked.get("state", ""),
        body_site=asked.get("body_site", ""),
    )  # fmt: skip


def _this(user: User, reference: str) -> Case:
    case = access.find_case(actor=user, reference=reference, action="case.claimed")
    if not worklist.claim(actor=user, case=case):
        raise Conflict("A colleague has this case, it waits for photos, or it is answered.")
    return case


def _review(user: User, case: Case, sent: dict[str, Any]) -> bool:
    """Whether something was signed."""
    decision = _decision(sent["decision"]) if "decision" in sent else None
    if "amendment_reason" in sent:
        newest = case.reviews.signed().last()
        if newest is None:
            raise Conflict("There is no signed answer to amend yet.")
        reason = sent["amendment_reason"]
        reviews.amend(actor=user, review=newest, decision=decision, reason=reason)
        return True
    review = reviews.open_review(actor=user, case=case)
    if "first_opinion" in sent:
        opinion = reviews.Opinion(**_with_urgency(sent["first_opinion"]))
        reviews.commit_first_opinion(actor=user, review=review, opinion=opinion)
    if decision is not None:
        reviews.sign(actor=user, review=review, decision=decision)
    return decision is not None


def _decision(sent: dict[str, Any]) -> reviews.Decision:
    return reviews.Decision(**_with_urgency(sent))


def _with_urgency(sent: dict[str, Any]) -> dict[str, Any]:
    return sent | {"urgency": int(URGENCIES[sent["urgency"]])}
