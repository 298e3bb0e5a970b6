"""A clinic of years for the benchmarks: rows that people made, multiplied by SQL.

A few cases are sent, scored, read and answered as the portal does it; what one of them left behind
in each table is then copied many times, with other people, lesions, times and urgencies.
"""

from dataclasses import dataclass
from typing import Any

from django.db import models

from portal.state import State
from tests.bench.queue import superuser

FIRST = 1_000_000  # ids of copies begin here, clear of those that the portal gives out
OF_A_PATIENT, OF_A_LESION = 6, 2  # cases
OPEN_SHARE = 4  # one case in so many is open
DIGITS = r"'\1-\2-\3'"


@dataclass(frozen=True)
class Clinic:
    cast: Any
    patient: Any  # a user with as many cases as the others have
    case: Any  # an open one of theirs


def build(state: State, size: int) -> Clinic:
    """The cast, in whose clinic `size` cases are, a quarter of them open."""
    from tests import cast as casting
    from tests.triage.safety.clinic import answered, scored
    from triage import messages
    from triage.models import Case

    cast = casting.gather()
    first = answered(cast, alarmed=False, diagnosis="NV")
    second = scored(cast, alarmed=True)
    for case in (first, second):
        messages.write(actor=cast.patient, case=case, text="How long will it take?")
    connection = superuser(state)
    with connection.cursor() as cursor:
        _people(cursor, first, size)
        for case, share in ((first, f"n % {OPEN_SHARE} <> 0"), (second, f"n % {OPEN_SHARE} = 0")):
            _cases(cursor, case, share, size)
        cursor.execute("VACUUM ANALYZE")
    connection.close()
    copy = Case.objects.select_related("patient__user").get(pk=FIRST + OPEN_SHARE)
    return Clinic(cast, copy.patient.user, copy)


def _people(cursor: Any, case: Any, size: int) -> None:
    """A patient for every six cases, with a lesion for every two."""
    patients, lesions = size // OF_A_PATIENT + 1, size // OF_A_LESION + 1
    _copy(cursor, case.patient.user, "true", patients, email="'bench' || n || '@example.org'")
    _copy(cursor, case.patient, "true", patients, user_id=f"{FIRST} + n")
    _copy(
        cursor, case.lesion, "true", lesions, public_id="gen_random_uuid()",
        patient_id=f"{FIRST} + n * {OF_A_LESION} / {OF_A_PATIENT}",
    )  # fmt: skip


def _cases(cursor: Any, case: Any, share: str, size: int) -> None:
    """What hangs on a case, for each n of `share`: ids say what belongs together."""
    n, patient = f"{FIRST} + n", f"{FIRST} + n / {OF_A_PATIENT}"
    ago = "random() * interval '300 days'"
    _copy(
        cursor, case, share, size, patient_id=patient, lesion_id=f"{FIRST} + n / {OF_A_LESION}",
        reference=f"regexp_replace(lpad(n::text, 12, '0'), '(.{{4}})(.{{4}})(.{{4}})', {DIGITS})",
        idempotency_key="'bench ' || n", submitted_at=f"now() - {ago}",
        urgency="1 + floor(4 * random())",
        due_at="date_trunc('hour', now() + (random() - 0.3) * interval '20 days')",
        score="floor(random() * 300)", answered_at=f"row.answered_at - {ago}",
    )  # fmt: skip
    _copy(cursor, case.symptoms, share, size, case_id=n)
    _copy(cursor, case.photos.get(), share, size, case_id=n)
    _copy(
        cursor, case.assessments.get(), share, size, case_id=n, created_at=f"now() - {ago}",
        malignancy_risk="random()", melanoma_risk="random()",
    )  # fmt: skip
    _copy(cursor, case.thread, share + " AND n % 10 < 5", size, case_id=n, patient_id=patient,
          last_at=f"now() - {ago}",
          waiting_since=f"CASE WHEN random() < 0.01 THEN now() - {ago} END")  # fmt: skip
    _copy(cursor, case.thread.messages.get(), share + " AND n % 10 < 5", size, thread_id=n,
          sent_at=f"now() - {ago}")  # fmt: skip
    for review in case.reviews.all():
        _copy(cursor, review, share, size, case_id=n, signed_at=f"row.signed_at - {ago}",
              diagnosis="(ARRAY['NV', 'MEL', 'BCC'])[1 + floor(3 * random())]")  # fmt: skip


def _copy(cursor: Any, row: models.Model, share: str, size: int, **changes: str) -> None:
    """One copy of `row` for each number n up to `size`, its id FIRST + n where ids are numbers;
    `changes` are SQL."""
    meta = row._meta
    columns = [field.column for field in meta.local_fields if not field.generated]
    values = {column: f'row."{column}"' for column in columns}
    numbered = isinstance(row.pk, int)
    values |= {meta.pk.column: f"{FIRST} + n" if numbered else "gen_random_uuid()"} | changes
    names = ", ".join(f'"{column}"' for column in columns)
    cursor.execute(
        f"INSERT INTO {meta.db_table} ({names}) SELECT {', '.join(values[c] for c in columns)}"  # noqa: S608 (names of our own)
        f" FROM {meta.db_table} row, generate_series(0, {size}) n"
        f" WHERE row.\"{meta.pk.column}\" = '{row.pk}' AND {share}"
    )
