"""Pages about conditions: for everybody, one for each that the product knows."""

import pytest

from triage.conditions import CONDITIONS


@pytest.mark.django_db
@pytest.mark.parametrize("condition", CONDITIONS, ids=lambda condition: condition.slug)
def test_every_condition_has_a_public_page(client, condition):
    page = client.get(f"/conditions/{condition.slug}/").content.decode()
    assert f"<h1>{condition.name}</h1>" in page
    for heading in ("What it is", "Causes", "Course", "Treatment", "When to seek help"):
        assert f"<h2>{heading}</h2>" in page


@pytest.mark.django_db
def test_the_list_leads_to_all_of_them(client):
    page = client.get("/conditions/").content.decode()
    assert all(f"/conditions/{condition.slug}/" in page for condition in CONDITIONS)
    assert client.get("/conditions/nothing/").status_code == 404
    assert client.post("/conditions/").status_code == 405
