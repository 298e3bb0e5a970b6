"""Where to go: find places of care near a town or postcode, and keep the list of them.

Distances are reckoned here, as the crow flies, from our own table and a gazetteer that an
administrator imports. No map service is asked, and where somebody looks from is kept nowhere.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from portal.accounts.models import User
from portal.audit.ledger import record
from triage.models import Locality, Offer, Place

EARTH_KM = 6371.0088  # mean radius
CHOICES = 10  # towns of one name to choose from
EDITABLE = ("name", "address", "postcode", "latitude", "longitude", "phone", "website", "opening",
            "offers", "walk_in")  # fmt: skip


class NotAllowed(Exception):
    """Only an administrator keeps the list of places."""


class AlreadyListed(Exception):
    """There is a place of this name and postcode already. If it was removed, put it back."""


@dataclass(frozen=True)
class Origin:
    """Where distances are reckoned from."""

    name: str
    latitude: float
    longitude: float
    locality: int | None = None  # primary key, to choose one of several by


@dataclass(frozen=True)
class Found:
    place: Place
    km: float | None  # None: nobody said from where


# -- finding --------------------------------------------------------------------------------------
def distance_km(a: Origin, latitude: float, longitude: float) -> float:
    """Along the great circle (haversine; the Earth taken as a sphere, so within 0.5 %)."""
    north, east = radians(latitude - a.latitude), radians(longitude - a.longitude)
    chord = sin(north / 2) ** 2 + (
        cos(radians(a.latitude)) * cos(radians(latitude)) * sin(east / 2) ** 2
    )
    return 2 * EARTH_KM * asin(min(1.0, sqrt(chord)))


def look_up(text: str) -> list[Origin]:
    """What a typed town or postcode may mean: none, the one, or several of that name.

    A postcode before a name; of a postcode that isn't listed its first half; of a name its
    beginning; at last a word of a listed place's own address.
    """
    typed = " ".join(text.replace("\0", "").split())[:120]
    if not typed:
        return []
    return _by_postcode(typed.upper().replace(" ", "")) or _by_name(typed)


_FULL_POSTCODE = re.compile(r"([A-Z]{1,2}\d[A-Z\d]?)\d[A-Z]{2}")


def _by_postcode(key: str) -> list[Origin]:
    if not any(c.isdigit() for c in key):
        return []
    if listed := Locality.objects.filter(postcode_key=key).order_by("name", "pk")[:CHOICES]:
        return _origins(listed)
    if place := Place.objects.standing().filter(postcode_key=key).order_by("pk").first():
        return [Origin(place.postcode, place.latitude, place.longitude)]
    if full := _FULL_POSTCODE.fullmatch(key):
        outward = Q(postcode_key=full[1]) | Q(postcode_key__regex=rf"^{full[1]}\d[A-Z]{{2}}$")
        near = list(Locality.objects.filter(outward).order_by("pk")[:50])
        if near:
            north = sum(one.latitude for one in near) / len(near)
            return [Origin(full[1], north, sum(one.longitude for one in near) / len(near))]
    return []


def _by_name(typed: str) -> list[Origin]:
    for wanted in (Q(name_key=typed.lower()), Q(name_key__startswith=typed.lower())):
        if found := Locality.objects.filter(wanted).order_by("name", "postcode", "pk")[:CHOICES]:
            return _origins(found)
    own = Q(name__icontains=typed) | Q(address__icontains=typed)
    place = Place.objects.standing().filter(own).order_by("name", "pk").first()
    return [Origin(place.name, place.latitude, place.longitude)] if place else []


def _origins(found: Any) -> list[Origin]:
    """Each once: a town with many postcodes is one place to look from."""
    by_name: dict[tuple[str, float, float], Origin] = {}
    for one in found:
        where = (one.name, round(one.latitude, 1), round(one.longitude, 1))
        by_name.setdefault(where, origin_of(one))
    return list(by_name.values())


def origin_of(locality: Locality) -> Origin:
    return Origin(str(locality), locality.latitude, locality.longitude, locality.pk)


def find(
    *, origin: Origin | None = None, offer: Offer | None = None, walk_in: bool = False
) -> list[Found]:
    """The places that offer this, the nearest first; by name where nobody said from where."""
    wanted = Place.objects.standing()
    if offer:
        wanted = wanted.filter(offers__contains=[offer])
    if walk_in:
        wanted = wanted.filter(walk_in=True)
    if origin is None:
        return [Found(place, None) for place in wanted.order_by("name", "pk")]
    found = [Found(place, distance_km(origin, place.latitude, place.longitude)) for place in wanted]
    return sorted(found, key=lambda one: (one.km or 0.0, one.place.pk))


# -- keeping the list -----------------------------------------------------------------------------
def check(actor: User | str) -> None:
    """An administrator, or the name of the command that sets an installation up."""
    if isinstance(actor, User) and not (actor.is_active and actor.is_administrator):
        raise NotAllowed


def add(*, actor: User | str, fields: Mapping[str, Any]) -> Place:
    """Put a place on the list. Raises NotAllowed, AlreadyListed."""
    check(actor)
    place = Place(**{name: fields[name] for name in EDITABLE if name in fields})
    try:
        with transaction.atomic():
            place.save(force_insert=True)
            record(actor=actor, action="place.added", about=place, name=place.name)
    except IntegrityError as clash:
        raise AlreadyListed from clash
    return place


def change(*, actor: User | str, place: Place, fields: Mapping[str, Any]) -> Place:
    """Write what differs, with before and after in the ledger. Raises NotAllowed, AlreadyListed."""
    check(actor)
    try:
        with transaction.atomic():
            row = Place.objects.select_for_update().get(pk=place.pk)
            changes = {
                name: [getattr(row, name), fields[name]]
                for name in EDITABLE
                if name in fields and getattr(row, name) != fields[name]
            }
            if changes:
                for name, (_, value) in changes.items():
                    setattr(row, name, value)
                row.save(update_fields=list(changes))
                record(actor=actor, action="place.changed", about=row, changes=changes)
    except IntegrityError as clash:
        raise AlreadyListed from clash
    return row


def remove(*, actor: User, place: Place) -> None:
    """Take it off the list; `put_back` undoes that."""
    _set_removed(actor, place, gone=True)


def put_back(*, actor: User, place: Place) -> None:
    _set_removed(actor, place, gone=False)


def _set_removed(actor: User, place: Place, *, gone: bool) -> None:
    check(actor)
    with transaction.atomic():
        row = Place.objects.select_for_update().get(pk=place.pk)
        if (row.removed_at is not None) == gone:
            return
        row.removed_at = timezone.now() if gone else None
        row.save(update_fields=["removed_at"])
        action = "place.removed" if gone else "place.put_back"
        record(actor=actor, action=action, about=row, name=row.name)
