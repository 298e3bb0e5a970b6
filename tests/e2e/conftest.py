"""Journeys through the running product in a real browser.

A page here fails its test on any script error, any breach of the content policy and any page that
is wider than its screen.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

    from tests.product import Product

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
DESKTOP = {"viewport": {"width": 1280, "height": 900}}
WIDE, NARROW = DESKTOP["viewport"], {"width": 360, "height": 780}
# What has the focus without showing it, or ''.
FOCUS = """() => {
    const at = document.activeElement, box = at.getBoundingClientRect(), look = getComputedStyle(at)
    const marked = look.outlineStyle !== 'none' || look.boxShadow !== 'none'
    const inside = box.width > 0 && box.bottom > 0 && box.right > 0 && box.left < innerWidth
    if (at === document.body) return 'nothing'
    return marked && inside && at.matches(':focus-visible') ? '' : at.outerHTML.slice(0, 160)
}"""


@pytest.fixture(scope="module")
def portal(chromium: Browser, start_product: Callable[..., Product]) -> Iterator[Product]:
    """A running portal with one clinic, for the journeys of one file."""
    product = start_product("web", "worker", "scheduler")
    product.query("INSERT INTO accounts_clinic (name, takes_new_patients) VALUES ('Clinic', true)")
    yield product


@pytest.fixture
def open_page(chromium: Browser, portal: Product) -> Iterator[Callable[..., Page]]:
    """A page in a browser of its own, without cookies: open_page(**PHONE), or DESKTOP."""
    contexts, faults = [], []

    def opened(**options: object) -> Page:
        context = chromium.new_context(base_url=portal.url, locale="en-GB", **options)
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda line: faults.append(line.text) if "Policy" in line.text else None)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert faults == []


@pytest.fixture
def looks_right() -> Callable[[Page], None]:
    """Nothing wider than the screen, and nothing that axe finds."""
    from axe_playwright_python.sync_playwright import Axe

    def check(page: Page) -> None:
        page.wait_for_load_state()  # a page that was just opened may have no content yet
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= page.viewport_size["width"], f"{page.url} is {width} pixels wide"
        found = Axe().run(page).response["violations"]
        assert not found, [(fault["id"], fault["nodes"][0]["html"]) for fault in found]

    return check


@pytest.fixture(scope="module")
def world(portal: Product) -> dict[str, Any]:
    """What tests/world.py builds, in the running portal: addresses by name, and sessions."""
    command = "from tests import world; world.publish()"
    printed = portal.manage("shell", "-v", "0", "-c", command)
    return json.loads(printed.split("WORLD", 1)[1].splitlines()[0])


@pytest.fixture
def enter(chromium: Browser, portal: Product, world: dict[str, Any]) -> Iterator[Callable]:
    """A browser of this person of the world's, already logged in: enter("patient")."""
    contexts = []

    def entered(person: str, locale: str = "en-GB", width: dict = WIDE) -> BrowserContext:
        context = chromium.new_context(
            base_url=portal.url, locale=locale, viewport=width, reduced_motion="reduce"
        )
        context.set_default_timeout(30_000)
        contexts.append(context)
        if person in world["sessions"]:
            name, value = world["cookie"], world["sessions"][person]
            context.add_cookies([{"name": name, "value": value, "url": portal.url}])
        return context

    yield entered
    for context in contexts:
        context.close()
