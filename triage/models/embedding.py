"""Where one photo lies in a network's feature space, for finding photos that look like it."""

from django.db import models
from pgvector.django import HalfVectorField, HnswIndex

from triage.models.photo import Photo

LENGTH = 2048  # of every vector: shorter features are filled with zeros, which keeps every angle


class PhotoEmbedding(models.Model):
    photo = models.ForeignKey(Photo, on_delete=models.PROTECT, related_name="embeddings")
    model_version = models.CharField(max_length=60)  # spaces of two networks are not comparable
    vector = HalfVectorField(dimensions=LENGTH)  # of length 1

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
