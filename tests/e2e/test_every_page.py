"""Every page of every role, narrow and wide: fit to read, to hear, to enlarge and to reach by key.

What a page is comes from the table of tests/test_access_matrix.py: a new address is looked at from
its first day.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import axe_playwright_python
import pytest

from tests.e2e.conftest import FOCUS, NARROW, WIDE
from tests.test_access_matrix import TABLE
from tests.world import MEMBERS, NOBODY

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

ROLES = ("anonymous", "patient", "dermatologist", "administrator")
EMPTY = ("patient2", "outsider")  # who have little: the empty states
NOT_OURS = {"api:docs"}  # drawn by Swagger; looked at in test_api_docs.py
IN_GERMAN = {
    "anonymous": ("home", "triage:conditions", "triage:where_to_go", "account_signup"),
    "patient": ("triage:lesions", "triage:case", "triage:send", "triage:my_data", "triage:ask"),
    "dermatologist": ("triage:worklist", "triage:reading", "triage:clock", "triage:my_work"),
    "administrator": ("accounts:people", "triage:rules", "triage:models", "triage:safety"),
}
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
RUN_AXE = """async () => (await axe.run({resultTypes: ['violations']})).violations.map(
    v => `axe ${v.id}: ${v.nodes[0].html.slice(0, 160)}`)"""

# What a look at the page as it stands finds wrong, as sentences.
FAULTS = """() => {
    const faults = [], heads = document.querySelectorAll('h1').length
    if (heads !== 1) faults.push(`has ${heads} h1`)
    if (document.title.replace(/[\\s–-]*Lesion portal/, '') === '') faults.push('has no title')
    if (!document.documentElement.lang) faults.push('names no language')
    const moving = document.getAnimations().filter(a => a.playState === 'running')
    if (moving.length) faults.push(`moves: ${moving[0].effect.target.className}`)
    return faults
}"""
# The innermost element that makes the page wider than the screen, or ''.
TOO_WIDE = """() => {
    const root = document.documentElement, edge = root.clientWidth
    if (root.scrollWidth <= edge) return ''
    const out = [...document.body.querySelectorAll('*')].filter(element => {
        if (element.getBoundingClientRect().right <= edge + 1) return false
        for (let up = element.parentElement; up !== document.body; up = up.parentElement)
            if (getComputedStyle(up).overflowX !== 'visible') return false
        return true
    })
    const worst = out.at(-1)
    return `${root.scrollWidth} pixels wide: ${worst ? worst.outerHTML.slice(0, 160) : '?'}`
}"""
ENLARGE = "size => { document.documentElement.style.fontSize = size }"


def pages_of(context: BrowserContext, person: str, urls: dict[str, str]) -> dict[str, str]:
    """By name, the addresses that answer this person with a whole page; those that are the same
    for all members are the patient's."""
    found = {}
    for name in sorted(TABLE.keys() - NOT_OURS):
        who = TABLE[name].get("GET", NOBODY)
        if person not in who or (who >= MEMBERS and person not in ("anonymous", "patient")):
            continue
        answer = context.request.get(urls[name], max_redirects=0)
        kind = answer.headers.get("content-type", "")
        if answer.status == 200 and kind.startswith("text/html") and "<html" in answer.text():
            found[name] = urls[name]
    return found


def look(page: Page, url: str) -> list[str]:
    """What is wrong with one page, as far as it can be seen."""
    faults: list[str] = []
    page.set_viewport_size(WIDE)
    page.goto(url)
    faults += page.evaluate(FAULTS)
    page.keyboard.press("Tab")
    if lost := page.evaluate(FOCUS):
        faults.append(f"hides its focus: {lost}")
    page.evaluate(AXE)
    for width in (WIDE, NARROW):
        page.set_viewport_size(width)
        faults += [f"{width['width']} px: {fault}" for fault in page.evaluate(RUN_AXE)]
        for size in ("100%", "200%"):
            page.evaluate(ENLARGE, size)
            if wide := page.evaluate(TOO_WIDE):
                faults.append(f"{width['width']} px, {size} text: {wide}")
        page.evaluate(ENLARGE, "")
    return faults


@pytest.mark.parametrize("person", [*ROLES, *EMPTY])
def test_every_page_is_fit_for_everybody(person: str, enter: Callable, world: dict) -> None:
    context = enter(person)
    pages = pages_of(context, person, world["urls"])
    assert len(pages) > 10, f"{person} has only {sorted(pages)}"
    wrong, page = [], context.new_page()
    page.on("pageerror", lambda error: wrong.append(f"{page.url} script: {error}"))
    page.on(
        "console",
        lambda line: line.type == "error" and wrong.append(f"{page.url} says: {line.text}"),
    )
    for name, url in pages.items():
        wrong += [f"{name} {url}: {fault}" for fault in look(page, url)]
    assert not wrong, f"{len(wrong)} faults\n" + "\n".join(wrong)


@pytest.mark.parametrize("person", IN_GERMAN)
def test_german_fits_a_phone(person: str, enter: Callable, world: dict) -> None:
    page, wrong = enter(person, "de-DE", NARROW).new_page(), []
    for name in IN_GERMAN[person]:
        page.goto(world["urls"][name])
        if page.locator("html").get_attribute("lang") != "de":
            wrong.append(f"{name} is not in German")
        if wide := page.evaluate(TOO_WIDE):
            wrong.append(f"{name}: {wide}")
    assert not wrong, "\n".join(wrong)
