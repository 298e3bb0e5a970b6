"""Names as they stand inside a sentence or a list."""

from django.utils.functional import Promise
from django.utils.translation import get_language


def in_sentence(name: str | Promise) -> str:
    """A name in small letters in English; other languages keep theirs, as German its nouns."""
    english = (get_language() or "en").startswith("en")
    return str(name).lower() if english else str(name)
