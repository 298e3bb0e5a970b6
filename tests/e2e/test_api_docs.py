"""The page that describes the API, under the same content policy as every other page."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

METHODS = {"get", "post", "put", "patch", "delete"}


def test_it_shows_each_call_and_breaks_no_policy(open_page: Callable[..., Page]) -> None:
    page = open_page(viewport={"width": 1280, "height": 900})
    answer = page.goto("/api/docs/")
    assert "'unsafe-" not in answer.headers["content-security-policy"]
    page.locator("#operations-cases-send_case").click()
    expect(page.get_by_text("Send photos of one lesion")).to_be_visible()
    expect(page.locator("[data-param-name='Idempotency-Key']")).to_be_visible()
    paths = page.request.get("/api/schema/?format=json").json()["paths"]
    calls = [method for path in paths.values() for method in path if method in METHODS]
    assert len(calls) > 20
    expect(page.locator(".opblock")).to_have_count(len(calls))
