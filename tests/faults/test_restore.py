"""A backup, made and restored as docs/operations.md says, is the portal that was."""

import hashlib
import io
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from portal import local
from tests.faults.sender import Sender, check_nothing_lost_or_doubled, wait_until_scored
from tests.product import Product
from training.procedural import lesion_photo


def photo() -> bytes:
    stream = io.BytesIO()
    lesion_photo(3, skin_tone=4, kind="naevus", size=(800, 600)).save(stream, "JPEG")
    return stream.getvalue()


def run(program: str, *arguments: str) -> None:
    finished = subprocess.run(
        (local.postgres_program(program), *arguments), capture_output=True, text=True
    )
    assert finished.returncode == 0, finished.stderr


def test_a_restored_portal_has_its_cases_photos_ledger_and_rights(
    start_product: Callable[..., Product], tmp_path: Path
) -> None:
    """R11: database and media are lost; what comes back is whole, and as closed as before."""
    product = start_product("web", "worker")
    sender = Sender.arrive(product, photo())
    sender.send(3)
    wait_until_scored(product, 3, seconds=60)
    for name in ("web", "worker"):
        product.stop(name)
    entries = product.query("SELECT entry_id, hash FROM audit_link ORDER BY position")
    media, dump = product.state.root / "media", str(tmp_path / "lesions.dump")

    def as_superuser(database: str) -> str:
        return "--dbname=" + local.database_url(product.servers, "postgres", database)

    run("pg_dump", "--format=custom", f"--file={dump}", as_superuser(product.database))
    shutil.copytree(media, tmp_path / "media")

    shutil.rmtree(media)
    product.query("TRUNCATE triage_worker; ALTER TABLE audit_entry DISABLE TRIGGER USER;"
                  "DELETE FROM audit_entry; GRANT ALL ON audit_entry TO lesions_app")  # fmt: skip

    run("pg_restore", "--clean", "--if-exists", "--create", "--exit-on-error",
        as_superuser("postgres"), dump)  # fmt: skip
    shutil.copytree(tmp_path / "media", media)

    assert product.query("SELECT entry_id, hash FROM audit_link ORDER BY position") == entries
    for name, sha256 in product.query("SELECT file, sha256 FROM triage_photo"):
        assert hashlib.sha256((media / name).read_bytes()).hexdigest() == sha256
    assert "audit." not in product.manage("check", "--database", "default")
    check_nothing_lost_or_doubled(sender)
    product.begin("web", "worker")
    product.wait_until_ready()
    for reference in sender.promised.values():
        assert sender.get(f"cases/{reference}/").json()["status"] == "scored"
    product.close()
