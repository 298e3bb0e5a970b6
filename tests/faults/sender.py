"""A patient's program that sends cases over the API, and remembers what it was promised."""

import json
import subprocess
import threading
import time
import uuid
from dataclasses import dataclass, field

import requests

from portal.processes import PROJECT, python
from tests.product import Product

GATHER = """
import django, json
django.setup()
from knox.models import AuthToken
from tests import cast
cast.decide(cases_per_hour=1_000_000)
people = cast.gather()
token = lambda user: AuthToken.objects.create(user)[1]
print(json.dumps({"patient": token(people.patient), "dermatologist": token(people.dermatologist)}))
"""


@dataclass
class Sender:
    product: Product
    photo: bytes
    tokens: dict[str, str]
    promised: dict[str, str] = field(default_factory=dict)  # idempotency key -> reference
    slowest: float = 0.0  # seconds
    lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def arrive(cls, product: Product, photo: bytes) -> "Sender":
        """Make the cast in the product's own database and log in as its patient."""
        made = subprocess.run(
            python("-c", GATHER), cwd=PROJECT, env=product.env, capture_output=True, text=True
        )
        assert made.returncode == 0, made.stderr
        return cls(product, photo, json.loads(made.stdout.splitlines()[-1]))

    def get(self, path: str, who: str = "patient") -> requests.Response:
        headers = {"Authorization": f"Token {self.tokens[who]}"}
        return requests.get(f"{self.product.url}/api/v1/{path}", headers=headers, timeout=30)

    def post_case(self, key: str) -> requests.Response:
        """One attempt to send one case."""
        return requests.post(
            f"{self.product.url}/api/v1/cases/",
            headers={"Authorization": f"Token {self.tokens['patient']}", "Idempotency-Key": key},
            files=[("photos", ("photo.jpg", self.photo, "image/jpeg"))],
            data={"body_site": "back", "symptoms": json.dumps({"itch": True}), "notes": "itches"},
            timeout=30,
        )

    def send(self, cases: int = 1, *, until: float = 120) -> None:
        """Send cases; each is tried again under its key, as a good client does, until promised."""
        deadline = time.monotonic() + until
        for _ in range(cases):
            key, started = uuid.uuid4().hex, time.monotonic()
            while key not in self.promised:
                assert time.monotonic() < deadline, "the portal did not come back"
                try:
                    answer = self.post_case(key)
                except requests.RequestException:
                    time.sleep(0.2)
                    continue
                if answer.status_code in (200, 201):
                    with self.lock:
                        self.promised[key] = answer.json()["reference"]
                        self.slowest = max(self.slowest, time.monotonic() - started)
                else:
                    assert answer.status_code >= 500, answer.text
                    time.sleep(0.2)

    def send_from(self, threads: int, cases_each: int) -> list[threading.Thread]:
        """Send from several threads at once; join them to know it is done."""
        running = [threading.Thread(target=self.send, args=(cases_each,)) for _ in range(threads)]
        for thread in running:
            thread.start()
        return running


def wait_until_scored(product: Product, cases: int, seconds: float) -> None:
    """Return when so many cases are scored. AssertionError with the states when it takes longer."""
    deadline = time.monotonic() + seconds
    while True:
        states = dict(product.query("SELECT scoring_state, count(*) FROM triage_case GROUP BY 1"))
        if states.get("scored", 0) >= cases:
            return
        assert time.monotonic() < deadline, f"after {seconds} s: {states}"
        time.sleep(0.2)


def check_nothing_lost_or_doubled(sender: Sender) -> None:
    """Every promise is one case with its photo and exactly one assessment; the ledger is whole."""
    product = sender.product
    kept = dict(product.query("SELECT idempotency_key, reference FROM triage_case"))
    assert {key: kept.get(key) for key in sender.promised} == sender.promised
    counts = product.query(
        "SELECT c.reference, (SELECT count(*) FROM triage_assessment a WHERE a.case_id = c.id),"
        " (SELECT count(*) FROM triage_photo p WHERE p.case_id = c.id) FROM triage_case c"
    )
    assert {(assessments, photos) for _, assessments, photos in counts} == {(1, 1)}
    names = [name for (name,) in product.query("SELECT file FROM triage_photo")]
    media = product.state.root / "media"
    assert all((media / name).stat().st_size for name in names)
    product.manage("audit_verify", "--quiet")
