"""A clinic with many open cases, for the benchmarks: rows written by SQL, as the portal would."""

import psycopg2
from django.conf import settings

from portal import local
from portal.state import State

FILL = r"""
INSERT INTO triage_case (reference, submitted_at, idempotency_key, urgency, due_at, score, reasons,
    scoring_state, scoring_attempts, scoring_fence, scoring_problem,
    clinic_id, patient_id, lesion_id)
SELECT regexp_replace(lpad(n::text, 12, '0'), '(.{4})(.{4})(.{4})', '\1-\2-\3'),
    now() - random() * interval '60 days', 'bench ' || n,
    CASE WHEN random() < 0.02 THEN 1 WHEN random() < 0.3 THEN 2
         WHEN random() < 0.6 THEN 3 ELSE 4 END,
    now() + (random() - 0.3) * interval '20 days', (random() * 300)::int, '[]', 'scored', 1, 1, '',
    %(clinic)s, %(patient)s, %(lesion)s
FROM generate_series(%(first)s, %(last)s) n
"""


def superuser(state: State) -> "psycopg2.extensions.connection":
    """A connection to the database that Django uses here, with every right."""
    name = settings.DATABASES["default"]["NAME"]
    connection = psycopg2.connect(local.database_url(state, "postgres", name))
    connection.autocommit = True
    return connection


def fill(state: State, *, case, first: int, last: int) -> None:
    """Add scored, open cases numbered first..last, of the patient and lesion of `case`."""
    values = {"clinic": case.clinic_id, "patient": case.patient_id, "lesion": case.lesion_id,
              "first": first, "last": last}  # fmt: skip
    connection = superuser(state)
    connection.cursor().execute(FILL, values)
    connection.cursor().execute(
        "INSERT INTO triage_symptoms (case_id, notes) SELECT id, '' FROM triage_case c"
        " WHERE NOT EXISTS (SELECT FROM triage_symptoms s WHERE s.case_id = c.id)"
    )
    connection.cursor().execute("VACUUM ANALYZE triage_case")
    connection.close()
