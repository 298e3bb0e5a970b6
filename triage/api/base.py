"""What every view of the API shares: who may call it, how large a request may be."""

from django.conf import settings
from django.http import Http404
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.views import APIView

from portal.accounts.models import Role
from portal.audit.ledger import record_denied
from triage.api.problems import TooLarge

BODY_MAX = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
UPLOAD_MAX = settings.PHOTOS_MAX * settings.PHOTO_MAX_BYTES + BODY_MAX


class HasRole(BasePermission):
    """Another role is told that there is nothing here, and the attempt is on record."""

    def has_permission(self, request: Request, view: "View") -> bool:
        if view.roles and request.user.role not in view.roles:
            name = request.resolver_match.view_name
            record_denied(
                actor=request.user, action="api.called", object_type="address", object_id=name
            )
            raise Http404
        return True


class View(APIView):
    roles: tuple[Role, ...] = ()  # empty: every role
    permission_classes = [IsAuthenticated, HasRole]
    body_max = BODY_MAX  # bytes

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        # Before anything is read: REST framework's JSON parser knows no limit of its own.
        if int(request.META.get("CONTENT_LENGTH") or 0) > self.body_max:
            raise TooLarge
        super().initial(request, *args, **kwargs)


PATIENT, DERMATOLOGIST, ADMINISTRATOR = (
    (role,) for role in (Role.PATIENT, Role.DERMATOLOGIST, Role.ADMINISTRATOR)
)
