"""Journeys through the running product in a real browser.

A page here fails its test on any script error, any breach of the content policy and any page that
is wider than its screen.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.product import Product

CHROMIUM = shutil.which("chromium")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
DESKTOP = {"viewport": {"width": 1280, "height": 900}}


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    if not CHROMIUM:
        pytest.skip("no chromium on this machine")
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=20_000)  # the machine may be busy
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


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
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= page.viewport_size["width"], f"{page.url} is {width} pixels wide"
        found = Axe().run(page).response["violations"]
        assert not found, [(fault["id"], fault["nodes"][0]["html"]) for fault in found]

    return check
