"""What somebody was told, newest first, and whether it is mailed too."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from triage import notifications as told
from triage.permissions import visible_notifications

PAGE = 20


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def notifications(request: HttpRequest) -> HttpResponse:
    """The list; showing a page marks it as read. POST marks everything as read."""
    if request.method == "POST":
        told.mark_all_read(actor=request.user)
        return redirect("triage:notifications")
    mine = visible_notifications(request.user).select_related("case__lesion")
    page = Paginator(mine.order_by("-created_at", "-pk"), PAGE).get_page(request.GET.get("page"))
    new = {one.pk for one in page.object_list if one.read_at is None}
    lines = told.read_page(actor=request.user, notifications=page.object_list)
    context = {
        "page": page,
        "lines": [(line, line.notification.pk in new) for line in lines],
        "unread_left": visible_notifications(request.user).unread().exists(),
        "mail": told.wants_mail(request.user),
    }
    return render(request, "triage/notifications.html", context)


@login_required
@require_POST
def mail(request: HttpRequest) -> HttpResponse:
    """Mails too, or not."""
    wanted = request.POST.get("mail") == "yes"
    told.prefer_mail(actor=request.user, mail=wanted)
    messages.success(
        request,
        _("You get mails too.") if wanted else _("You get no mails; look in here yourself."),
    )
    return redirect("triage:notifications")
