"""Where one photo lies in a network's feature space, for finding photos that look like it.

The types are PostgreSQL's (the extension pgvector). Its Python package would bring numpy into every
web process, so the three lines of glue that are needed stand here.
"""

from collections.abc import Sequence

from django.contrib.postgres.indexes import PostgresIndex
from django.db import models
from django.db.models import Func, Value

from triage.models.photo import Photo

LENGTH = 2048  # of every vector: shorter features are filled with zeros, which keeps every angle


class HalfVectorField(models.Field):
    """LENGTH half-precision numbers, given as a sequence; read back as pgvector's text."""

    def db_type(self, connection: object) -> str:
        return f"halfvec({LENGTH})"

    def get_prep_value(self, value: Sequence[float] | None) -> str | None:
        return None if value is None else f"[{','.join(f'{number:.6g}' for number in value)}]"


class CosineDistance(Func):
    """One minus the cosine of the angle between a column and a vector: 0 the same direction."""

    template = "(%(expressions)s)"
    arg_joiner = " <=> "
    output_field = models.FloatField()

    def __init__(self, column: str, vector: Sequence[float]) -> None:
        super().__init__(column, Value(vector, output_field=HalfVectorField()))


class HnswIndex(PostgresIndex):
    """pgvector's graph of neighbours."""

    suffix = "hnsw"


class PhotoEmbedding(models.Model):
    photo = models.ForeignKey(Photo, on_delete=models.PROTECT, related_name="embeddings")
    model_version = models.CharField(max_length=60)  # spaces of two networks are not comparable
    vector = HalfVectorField()  # of length 1

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["photo", "model_version"], name="photo_embedding_once_per_model_version"
            ),
        ]
        indexes = [
            HnswIndex(name="photo_embedding_near", fields=["vector"],
                      opclasses=["halfvec_cosine_ops"]),
        ]  # fmt: skip
