"""The clinic's words in templates."""

from django import template

from triage import photos
from triage.models import Photo, Upload

register = template.Library()


@register.filter
def photo_advice(photo: Upload | Photo) -> str:
    """What might make this photo hard to judge, or ""."""
    return photos.advice(photo)
