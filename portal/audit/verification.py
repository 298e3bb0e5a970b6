"""Is the ledger what it was? Every hash is computed anew, in one statement and one snapshot; then
the chain is compared with what was noted of it outside the database (anchors.py)."""

from dataclasses import asdict, dataclass, fields
from pathlib import Path
from time import perf_counter

from django.conf import settings
from django.db import connection, transaction

from portal.accounts.models import User
from portal.audit import anchors
from portal.audit.ledger import record
from portal.audit.models import Entry, Result

# A link is right when it follows its predecessor and its hash is that of the predecessor's hash and
# the entry as it stands now. Checked against the stored predecessor, all links can be judged at
# once, and the first wrong one is the place of the change.
VERIFY = """
WITH walked AS (
    SELECT position, entry_id, hash,
           lag(position, 1, 0::bigint) OVER chain AS before,
           lag(hash, 1, decode(repeat('00', 32), 'hex')) OVER chain AS previous
    FROM audit_link WINDOW chain AS (ORDER BY position)
), judged AS (
    SELECT w.position, w.before, w.entry_id, CASE
        WHEN w.position <> w.before + 1 THEN 'link missing'
        WHEN e.id IS NULL THEN 'entry missing'
        WHEN w.hash <> public.audit_hash(w.previous, e) THEN 'entry changed'
    END AS problem
    FROM walked w LEFT JOIN audit_entry e ON e.id = w.entry_id
), tail AS (
    SELECT position, hash FROM audit_link ORDER BY position DESC LIMIT 1
), problems AS (
    SELECT CASE problem WHEN 'link missing' THEN before + 1 ELSE position END AS position,
           CASE problem WHEN 'link missing' THEN NULL ELSE entry_id END AS entry_id, problem
    FROM judged WHERE problem IS NOT NULL
  UNION ALL
    SELECT NULL, NULL, 'head missing' WHERE NOT EXISTS (SELECT FROM audit_head)
  UNION ALL
    SELECT coalesce(t.position, 0) + 1, NULL, 'tail cut'
    FROM audit_head h LEFT JOIN tail t ON true WHERE h.position > coalesce(t.position, 0)
  UNION ALL
    SELECT t.position, NULL, 'head mismatch' FROM audit_head h JOIN tail t
    ON h.position < t.position OR (h.position = t.position AND h.hash <> t.hash)
  UNION ALL
    SELECT NULL, min(e.id), 'entry without link' FROM audit_entry e
    WHERE NOT EXISTS (SELECT FROM audit_link l WHERE l.entry_id = e.id) HAVING count(*) > 0
)
SELECT (SELECT count(*) FROM audit_link), (SELECT encode(hash, 'hex') FROM audit_head),
       p.position, p.entry_id, p.problem
FROM (SELECT 1) AS one
LEFT JOIN (SELECT * FROM problems ORDER BY position NULLS LAST LIMIT 1) p ON true
"""

EXPLANATIONS = {
    "link missing": "the link at this position is missing",
    "entry missing": "the entry that this position links is missing",
    "entry changed": "the entry, or its link, is not what was recorded",
    "tail cut": "the chain ends before the position that its head names",
    "head missing": "the head of the chain is missing",
    "head mismatch": "the head is not the end of the chain",
    "entry without link": "an entry is in the ledger but not in the chain",
    "anchor": "the chain is not what was noted of it outside the database",
    "anchors unreadable": "what was noted outside the database can't be read",
}


@dataclass(frozen=True)
class Verification:
    """What was found; the first bad place if any."""

    links: int  # links in the chain
    head: str | None  # hexadecimal hash at the end of the chain; None: the head is gone
    seconds: float  # how long it took
    problem: str = ""  # a key of EXPLANATIONS; empty: intact
    position: int | None = None  # first bad position; None: the problem has none
    entry_id: int | None = None  # the entry there, where it is known

    @property
    def intact(self) -> bool:
        return not self.problem

    @property
    def sentence(self) -> str:
        if self.intact:
            return f"The ledger is intact: {self.links:,} entries verified in {self.seconds:.1f} s."
        where = [] if self.position is None else [f"position {self.position}"]
        where += [] if self.entry_id is None else [f"entry {self.entry_id}"]
        place = ", ".join(["The ledger is NOT intact", *where])
        return f"{place}: {EXPLANATIONS[self.problem]}."

    def __str__(self) -> str:
        return f"{self.sentence} Head: {self.head or 'missing'}"


def verify() -> Verification:
    """Verify the whole chain. Call it outside a transaction that has recorded something itself:
    entries get their links at commit.
    """
    started = perf_counter()
    with connection.cursor() as cursor:
        cursor.execute(VERIFY)
        links, head, position, entry_id, problem = cursor.fetchone()
    if not problem:
        problem, position = _against_anchors()
    return Verification(
        links=links,
        head=head,
        seconds=perf_counter() - started,
        problem=problem or "",
        position=position,
        entry_id=entry_id,
    )


def _against_anchors() -> tuple[str, int | None]:
    """A key of EXPLANATIONS and the position, or "" and None."""
    try:
        position = anchors.first_contradiction(Path(settings.AUDIT_ANCHOR_FILE))
    except anchors.Unreadable:
        return "anchors unreadable", None
    return ("", None) if position is None else ("anchor", position)


def verify_on_record(*, actor: User | str) -> Verification:
    """Verify, then put what was found into the ledger (`ledger.verified`, done or failed)."""
    found = verify()
    note_verification(actor=actor, found=found)
    return found


def note_verification(*, actor: User | str, found: Verification) -> Entry:
    """Put a verification into the ledger."""
    with transaction.atomic():
        return record(
            actor=actor,
            action="ledger.verified",
            result=Result.DONE if found.intact else Result.FAILED,
            **asdict(found),
        )


def last_verification() -> tuple[Entry, Verification] | None:
    """The newest verification on record: its entry (who, when) and what was found."""
    latest = Entry.objects.doing("ledger.verified").newest_first().select_related("actor").first()
    if latest is None:
        return None
    known = {field.name for field in fields(Verification)} & latest.detail.keys()
    return latest, Verification(**{name: latest.detail[name] for name in known})
