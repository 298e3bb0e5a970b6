"""Journeys through the running product in a real browser.

A page here fails its test on any script error, any breach of the content policy and any page that
is wider than its screen.

A file may say in PROCESSES what its portal runs beside its pages, and in SEED what is done inside
the portal before the first journey; SEED ends by printing "SEED" and a line of JSON, in which
"people" holds the e-mail addresses of those who log in.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Locator, Page

    from tests.product import Product

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
DESKTOP = {"viewport": {"width": 1280, "height": 900}}
WIDE, NARROW = DESKTOP["viewport"], {"width": 360, "height": 780}
SMALL = {**PHONE, "viewport": NARROW}
# What has the focus without showing it, or ''.
FOCUS = """() => {
    const at = document.activeElement, box = at.getBoundingClientRect(), look = getComputedStyle(at)
    const marked = look.outlineStyle !== 'none' || look.boxShadow !== 'none'
    const inside = box.width > 0 && box.bottom > 0 && box.right > 0 && box.left < innerWidth
    if (at === document.body) return 'nothing'
    return marked && inside && at.matches(':focus-visible') ? '' : at.outerHTML.slice(0, 160)
}"""


@pytest.fixture(scope="module")
def portal(
    request: pytest.FixtureRequest, chromium: Browser, start_product: Callable[..., Product]
) -> Iterator[Product]:
    """A running portal with one clinic, for the journeys of one file."""
    product = start_product("web", *getattr(request.module, "PROCESSES", ()))
    product.query("INSERT INTO accounts_clinic (name, takes_new_patients) VALUES ('Clinic', true)")
    yield product
    product.close()


def run_inside(portal: Product, code: str, word: str) -> str:
    """What this code, run inside the portal, prints after the word, to the end of the line."""
    printed = portal.manage("shell", "-v", "0", "-c", code)
    return printed.split(word, 1)[1].splitlines()[0]


@pytest.fixture(scope="module")
def seeded(request: pytest.FixtureRequest, portal: Product) -> dict[str, Any]:
    """What the file's SEED has told of itself."""
    return json.loads(run_inside(portal, request.module.SEED, "SEED"))


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
def log_in(open_page: Callable[..., Page], seeded: dict[str, Any]) -> Callable[..., Page]:
    """A page in a browser of this person's, who has logged in: log_in("patient", **PHONE)."""
    from tests.cast import PASSWORD  # Django is set up only now

    def as_person(name: str, **options: object) -> Page:
        page = open_page(**options)
        page.goto("/accounts/login/")
        page.get_by_label("E-mail address").fill(seeded["people"][name])
        page.locator("input[name=password]").fill(PASSWORD)
        page.get_by_role("main").get_by_role("button", name="Log in", exact=True).click()
        page.wait_for_url(lambda url: "/accounts/login" not in url)
        return page

    return as_person


def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until this has the focus."""
    for _ in range(120):  # a page that changes meanwhile may begin anew
        if target.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the Tab key never reaches {target}")


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


@pytest.fixture
def look(looks_right: Callable[[Page], None]) -> Callable[[Page, str], None]:
    """Check the page; where SHOTS names a folder, keep a picture of it there."""

    def at(page: Page, name: str) -> None:
        if folder := os.environ.get("SHOTS"):
            path = Path(folder) / f"{name}-{page.viewport_size['width']}.png"
            page.screenshot(path=path, full_page=True)
        looks_right(page)

    return at


@pytest.fixture(scope="session")
def album(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of guided.album, made once."""
    from tests.e2e import guided

    return guided.album(tmp_path_factory.mktemp("album"))


@pytest.fixture(scope="module")
def world(portal: Product) -> dict[str, Any]:
    """What tests/world.py builds, in the running portal: addresses by name, and sessions."""
    return json.loads(run_inside(portal, "from tests import world; world.publish()", "WORLD"))


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
