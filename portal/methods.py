"""A method that an address does not take is answered with a page of ours, not the browser's own."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render
from django.urls import reverse


class NotAllowedPageMiddleware:
    """The API answers in its own form, which is no HttpResponseNotAllowed."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not isinstance(response, HttpResponseNotAllowed) or request.method not in (
            "GET",
            "POST",
        ):
            return response
        # whoever chooses another language on it is not led to this address again
        page = render(request, "405.html", {"page_address": reverse("home")}, status=405)
        page["Allow"] = response["Allow"]
        return page


def page_address(request: HttpRequest) -> str:
    """Where somebody who is on this page can come back to; a page that answers a form is gone
    once left, so that is the page that its form stood on."""
    if request.method != "POST":
        return request.get_full_path()
    before = request.headers.get("Referer", "")
    ours = f"{request.scheme}://{request.get_host()}"
    return before.removeprefix(ours) if before.startswith(f"{ours}/") else request.get_full_path()
