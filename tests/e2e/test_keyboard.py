"""Whole journeys by keyboard alone: every stop shows where it is, and Enter goes on."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.e2e.conftest import FOCUS

if TYPE_CHECKING:
    from playwright.sync_api import Page

STOPS = 150  # Tab presses on one page
NAME = """() => {
    const at = document.activeElement
    return (at.getAttribute('aria-label') || at.labels?.[0]?.innerText || at.innerText
        || at.querySelector('img')?.alt || at.value || '').trim()
}"""


def reach(page: Page, name: str) -> None:
    """Press Tab until what is called so has the focus; every stop on the way is to be seen."""
    passed = []
    for _ in range(STOPS):
        page.keyboard.press("Tab")
        assert page.evaluate(FOCUS) in ("", "nothing"), f"{page.url}: {page.evaluate(FOCUS)}"
        passed.append(page.evaluate(NAME))
        if re.search(name, passed[-1]):
            return
    raise AssertionError(f"{name!r} is not reached on {page.url}, only {passed}")


def follow(page: Page, name: str, heading: str) -> None:
    """Go on with what is called so, to the page with this heading."""
    reach(page, name)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    told = page.locator("h1").inner_text()
    assert re.search(heading, told), f"{name!r} leads to {told!r}"


def test_a_patient_needs_no_mouse(enter: Callable) -> None:
    page = enter("patient").new_page()
    page.goto("/")
    follow(page, "^My lesions", "^My lesions$")
    follow(page, "^Upper arm$", "^Upper arm$")
    follow(page, "^Compare two photos$", "^Compare photos$")
    reach(page, "^Larger$")
    page.keyboard.press("Space")
    follow(page, "^Send photos$", ".")
    assert "/send/" in page.url
    page.keyboard.press("Tab")
    assert page.evaluate(NAME) == "Skip to main content"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.getElementById('main').contains(document.activeElement)")


def test_a_dermatologist_needs_no_mouse(enter: Callable) -> None:
    page = enter("dermatologist").new_page()
    page.goto("/")
    follow(page, "^Worklist", "^Worklist$")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.className") == "desk-rows__reference"
    follow(page, "^Second readings", "^Second readings$")
    follow(page, "^Pathology", "^Pathology$")
    follow(page, "^All results$", "^Pathology$")
    follow(page, r"[A-Z0-9]{4}-[A-Z0-9]{4}-[A-Z0-9]{4}$", ".")
    follow(page, "^Pathology$", "^Pathology$")
    follow(page, "^Worklist", "^Worklist$")
    page.keyboard.press("Shift+?")
    assert page.locator("dialog[data-keys]").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator("dialog[data-keys]").is_visible()
