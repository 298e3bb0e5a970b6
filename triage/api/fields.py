"""Fields that take JSON as it is: no "yes" for true, no "12" for 12, no infinite number."""

import json
import math
from typing import Any

from rest_framework import serializers


class Answer(serializers.BooleanField):
    """true, false, or null for 'not sure'."""

    default_error_messages = {"invalid": "Must be true, false or null."}

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_null=True, default=None, **options)

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid")
        return data

    def to_representation(self, value: Any) -> Any:
        return value


class WholeNumber(serializers.IntegerField):
    default_error_messages = {"invalid": "Must be a whole number."}

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, float) and data.is_integer():
            data = int(data)
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return data


class Number(serializers.FloatField):
    default_error_messages = {"invalid": "Must be a number."}

    def to_internal_value(self, data: Any) -> float:
        if isinstance(data, bool) or not isinstance(data, int | float):
            self.fail("invalid")
        try:
            number = float(data)
        except OverflowError:
            self.fail("invalid")
        if not math.isfinite(number):
            self.fail("invalid")
        return number


class JSONObject(serializers.Field):
    """A JSON object sent as a text field of a form, read by another serializer."""

    default_error_messages = {"invalid": "Must be a JSON object."}

    def __init__(self, content: serializers.Serializer, **options: Any) -> None:
        super().__init__(**options)
        self.content = content

    def to_internal_value(self, data: Any) -> Any:
        try:
            found = json.loads(data, parse_constant=_refuse) if isinstance(data, str) else data
        except (ValueError, RecursionError):
            self.fail("invalid")
        if not isinstance(found, dict):
            self.fail("invalid")
        return self.content.run_validation(found)

    def to_representation(self, value: Any) -> Any:
        return self.content.to_representation(value)


def _refuse(constant: str) -> None:
    raise ValueError(constant)  # NaN and Infinity, which JSON doesn't have


class Exact(serializers.Serializer):
    """Refuses what it does not know: a misspelt symptom must not be lost in silence."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            unknown = [name for name in data if name not in self.fields]
            if unknown:
                raise serializers.ValidationError(
                    {name[:60]: ["There is no such field."] for name in unknown[:20]}
                )
        return super().to_internal_value(data)
