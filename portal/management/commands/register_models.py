"""`manage.py register_models`: what a worker does when it starts, and whether it could score."""

from django.conf import settings
from django.core.management.base import BaseCommand

NOTHING_SCORED = "Nothing will be scored:"


class Command(BaseCommand):
    help = "Tell the registry which released models are here; say what keeps the active one back."

    def handle(self, *args: object, **options: object) -> None:
        from inference import artifact, engines, serving
        from triage import registry

        serving.register_models()
        active = registry.serving().active
        try:
            if active is None:
                artifact.default_version()  # says why there was none to begin with
                raise artifact.ArtifactMissing("No model is active: see the page Models.")
            found = artifact.load(active.version)
            if found.sha256 != active.sha256:
                raise artifact.ArtifactCorrupt(
                    f"Model {active.version} is not the one that was registered."
                )
            engines.check(found, settings.INFERENCE_ENGINE)
        except serving.UNUSABLE as problem:
            self.stdout.write(f"{NOTHING_SCORED} {problem}")
        else:
            self.stdout.write(f"Model {active.version} scores.")
