"""One case as a FHIR R4 bundle, built and validated by the library fhir.resources (R4B).

Every reference points into the bundle (`urn:uuid:...`), photos are inside as data. Identifiers are
made from the portal's own, so the same case exported twice has the same ones.
"""

import base64
import hashlib
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.utils import timezone
from fhir.resources.R4B.auditevent import AuditEvent
from fhir.resources.R4B.bodystructure import BodyStructure
from fhir.resources.R4B.bundle import Bundle
from fhir.resources.R4B.consent import Consent
from fhir.resources.R4B.device import Device
from fhir.resources.R4B.diagnosticreport import DiagnosticReport
from fhir.resources.R4B.media import Media
from fhir.resources.R4B.observation import Observation
from fhir.resources.R4B.organization import Organization
from fhir.resources.R4B.patient import Patient
from fhir.resources.R4B.practitioner import Practitioner
from fhir.resources.R4B.provenance import Provenance
from fhir.resources.R4B.questionnaireresponse import QuestionnaireResponse
from fhir.resources.R4B.servicerequest import ServiceRequest

from triage.conditions import find
from triage.exports.case_file import CaseFile, content
from triage.models import ConsentKind, Photo, Review
from triage.symptoms import QUESTIONS, Kind
from triage.urgency import Urgency

NAMESPACE = uuid.UUID("6f2a8f0e-3c58-4b0e-9f3d-5d1f6f0f7a11")
CASE_SYSTEM = "urn:lesion-portal:case"  # as triage.pathology_import reads it
LABEL_SYSTEM = "urn:lesion-portal:condition"
SNOMED, ICD10, LOINC = (
    "http://snomed.info/sct",
    "http://hl7.org/fhir/sid/icd-10",
    "http://loinc.org",
)
PRIORITY = {Urgency.EMERGENCY: "stat", Urgency.URGENT_CANCER: "urgent", Urgency.SOON: "urgent",
            Urgency.ROUTINE: "routine", Urgency.ADVICE: "routine"}  # fmt: skip
READ = ("viewed", "listed", "exported", "revealed")

Dictionary = dict[str, Any]


def bundle(file: CaseFile, *, at: datetime | None = None) -> str:
    """The bundle as JSON. Raises OSError where a photo is lost, pydantic's ValidationError where
    what is to be written is no valid R4 (a fault of this module)."""
    written = _Writer(file)
    entries = [
        {"fullUrl": _urn(kind, name), "resource": resource}
        for kind, name, resource in written.resources()
    ]
    whole = Bundle(
        identifier={"system": CASE_SYSTEM, "value": file.case.reference}, type="collection",
        timestamp=at or timezone.now(), entry=entries,
    )  # fmt: skip
    return whole.model_dump_json(exclude_none=True)


def _urn(kind: str, name: object) -> str:
    return f"urn:uuid:{uuid.uuid5(NAMESPACE, f'{kind}/{name}')}"


def _to(kind: str, name: object, display: str = "") -> Dictionary:
    return {"reference": _urn(kind, name)} | ({"display": display} if display else {})


def _phone(number: str) -> list[Dictionary]:
    return [{"system": "phone", "value": number}] if number else []


def _text(text: str) -> Dictionary:
    return {"text": str(text)}


class _Writer:
    """The resources of one case, each named by its kind and the portal's own key."""

    def __init__(self, file: CaseFile) -> None:
        self.file, self.case, self.patient = file, file.case, file.case.patient
        self.subject = _to("Patient", self.patient.pk)
        self.order = _to("ServiceRequest", self.case.reference)

    def resources(self) -> Iterator[tuple[str, object, object]]:
        parts: tuple[Callable[[], Iterator], ...] = (
            self.people, self.request, self.answers, self.photos, self.model, self.reports,
            self.laboratory, self.consents, self.ledger,
        )  # fmt: skip
        for part in parts:
            yield from part()

    def people(self) -> Iterator:
        patient, clinic = self.patient, self.case.clinic
        yield (
            "Organization",
            clinic.pk,
            Organization(name=clinic.name, telecom=_phone(clinic.phone) or None),
        )
        yield "Patient", patient.pk, Patient(
            identifier=[{"system": "urn:lesion-portal:patient", "value": str(patient.pk)}],
            name=[_text(str(patient.user))], birthDate=patient.birth_date,
            gender=patient.sex or "unknown", managingOrganization=_to("Organization", clinic.pk),
            telecom=[*_phone(patient.phone), {"system": "email", "value": patient.user.email}],
        )  # fmt: skip
        readers = {review.reader_id: review.reader for review in self.file.reviews}
        readers |= {one.entered_by_id: one.entered_by for one in self.file.pathology}
        for key, reader in readers.items():
            yield "Practitioner", key, Practitioner(name=[_text(str(reader))])

    def request(self) -> Iterator:
        lesion = self.case.lesion
        yield (
            "BodyStructure",
            lesion.pk,
            BodyStructure(
                patient=self.subject,
                location=_text(str(lesion)),
                description=lesion.nickname or None,
            ),
        )
        yield "ServiceRequest", self.case.reference, ServiceRequest(
            identifier=[{"system": CASE_SYSTEM, "value": self.case.reference}],
            status="completed" if self.file.reviews else "active", intent="order",
            code=_text("Assessment of a skin lesion from photos"), subject=self.subject,
            priority=PRIORITY[Urgency(self.case.urgency)], authoredOn=self.case.submitted_at,
            requester=self.subject, performer=[_to("Organization", self.case.clinic_id)],
            bodySite=[_text(str(lesion))],
            supportingInfo=[_to("Media", photo.pk) for photo in self.file.photos],
        )  # fmt: skip

    def answers(self) -> Iterator:
        told = self.case.symptoms.answers
        items = [
            {
                "linkId": question.name,
                "text": str(question.text),
                "answer": [_answer(value, question)],
            }
            for question in QUESTIONS
            if (value := getattr(told, question.name)) is not None
        ]
        if told.notes:
            items.append({"linkId": "notes", "text": "Notes", "answer": [
                {"valueString": told.notes}
            ]})  # fmt: skip
        yield "QuestionnaireResponse", self.case.reference, QuestionnaireResponse(
            questionnaire=f"{settings.BASE_URL}/conditions/#checklist", status="completed",
            subject=self.subject, source=self.subject, authored=self.case.submitted_at,
            basedOn=[self.order], item=items or None,
        )  # fmt: skip

    def photos(self) -> Iterator:
        for photo in self.file.photos:
            yield "Media", photo.pk, self._media(photo)

    def _media(self, photo: Photo) -> Media:
        data = content(photo)
        return Media(
            identifier=[{"system": "urn:lesion-portal:sha256", "value": photo.sha256}],
            status="completed", type=_text("Photo"), subject=self.subject, basedOn=[self.order],
            createdDateTime=self.case.submitted_at, bodySite=_text(str(self.case.lesion)),
            view=_text(photo.get_kind_display()), width=photo.width, height=photo.height,
            content={
                "contentType": "image/jpeg", "data": base64.b64encode(data), "size": len(data),
                # R4 asks for SHA-1 here; the SHA-256 is the identifier
                "hash": base64.b64encode(hashlib.sha1(data, usedforsecurity=False).digest()),
                "creation": self.case.submitted_at,
            },
        )  # fmt: skip

    def model(self) -> Iterator:
        """What the model said: preliminary, by a device, never a diagnosis."""
        said = self.file.assessment
        if said is None:
            return
        yield "Device", said.model_version, Device(
            status="active", type=_text("Image classifier for skin lesions"),
            deviceName=[{"name": said.model_version, "type": "model-name"}],
            version=[{"value": said.artifact_sha256}],
        )  # fmt: skip
        yield "Observation", said.pk, Observation(
            status="preliminary", code=_text("Conditions that photos may show, by software"),
            subject=self.subject, basedOn=[self.order], effectiveDateTime=said.created_at,
            device=_to("Device", said.model_version), component=[
                {"code": _condition(code), "valueQuantity": {"value": round(value, 4), "unit": "1"}}
                for code, value in sorted(said.probabilities.items())
            ] + [
                {"code": _text(name), "valueQuantity": {"value": round(value, 4), "unit": "1"}}
                for name, value in (
                    ("Risk of melanoma", said.melanoma_risk),
                    ("Its threshold", said.melanoma_threshold),
                    ("Risk of a skin cancer", said.malignancy_risk),
                    ("Its threshold", said.malignancy_threshold),
                )
            ],
        )  # fmt: skip
        yield "DiagnosticReport", f"model-{said.pk}", DiagnosticReport(
            status="preliminary", code=_text("Preliminary result by software"),
            subject=self.subject, basedOn=[self.order], effectiveDateTime=said.created_at,
            issued=said.created_at, result=[_to("Observation", said.pk)],
            conclusion="Not a diagnosis. A dermatologist reads every case.",
            media=[{"link": _to("Media", photo.pk)} for photo in self.file.photos] or None,
        )  # fmt: skip
        yield "Provenance", f"model-{said.pk}", Provenance(
            target=[_to("DiagnosticReport", f"model-{said.pk}")], recorded=said.created_at,
            agent=[{"type": _text("performer"), "who": _to("Device", said.model_version)}],
            entity=[{"role": "source", "what": _to("Media", p.pk)} for p in self.file.photos],
        )  # fmt: skip

    def reports(self) -> Iterator:
        """Each signed version; the first is final, a later one amended."""
        for review in self.file.reviews:
            yield "DiagnosticReport", f"review-{review.pk}", self._report(review)
            source = [{"role": "source", "what": _to("Media", p.pk)} for p in self.file.photos]
            if review.amends_id:
                before = _to("DiagnosticReport", f"review-{review.amends_id}")
                source = [{"role": "revision", "what": before}]
            yield "Provenance", f"review-{review.pk}", Provenance(
                target=[_to("DiagnosticReport", f"review-{review.pk}")], recorded=review.signed_at,
                agent=[{"type": _text("author"), "who": _to("Practitioner", review.reader_id),
                        "onBehalfOf": _to("Organization", self.case.clinic_id)}],
                entity=source or None,
            )  # fmt: skip

    def _report(self, review: Review) -> DiagnosticReport:
        return DiagnosticReport(
            status="amended" if review.amends_id else "final",
            code=_text("Teledermatology report"), subject=self.subject, basedOn=[self.order],
            effectiveDateTime=self.case.submitted_at, issued=review.signed_at,
            performer=[_to("Organization", self.case.clinic_id)],
            resultsInterpreter=[_to("Practitioner", review.reader_id)],
            conclusionCode=[_condition(review.diagnosis)],
            conclusion="\n".join(filter(None, (
                f"{review.get_outcome_display()}. {Urgency(review.urgency).label}.",
                review.differential and f"Differential: {review.differential}",
                review.findings and f"Findings: {review.findings}",
                review.advice, review.safety_net,
            ))),
            media=[{"link": _to("Media", photo.pk)} for photo in self.file.photos] or None,
        )  # fmt: skip

    def laboratory(self) -> Iterator:
        for result in self.file.pathology:
            taken = result.taken_on or result.reported_on
            yield "DiagnosticReport", f"pathology-{result.pk}", DiagnosticReport(
                identifier=[{"system": "urn:lesion-portal:laboratory-number",
                             "value": result.laboratory_number}]
                if result.laboratory_number else None,
                status="final", code={"coding": [{"system": LOINC, "code": "22637-3",
                                                  "display": "Pathology report final diagnosis"}],
                                      "text": "Pathology"},
                subject=self.subject, basedOn=[self.order], effectiveDateTime=taken,
                issued=datetime.combine(result.reported_on, datetime.min.time(), UTC),
                conclusionCode=[_condition(result.diagnosis)], conclusion=result.report or None,
            )  # fmt: skip

    def consents(self) -> Iterator:
        scopes = {ConsentKind.CARE: "patient-privacy", ConsentKind.IMPROVEMENT: "research"}
        for consent in self.file.consents:
            yield "Consent", consent.pk, Consent(
                status="inactive" if consent.withdrawn_at else "active",
                scope={"coding": [{
                    "system": "http://terminology.hl7.org/CodeSystem/consentscope",
                    "code": scopes[ConsentKind(consent.kind)],
                }]},
                category=[_text(consent.get_kind_display())], patient=self.subject,
                dateTime=consent.granted_at, policyRule=_text(f"{consent.kind} {consent.version}"),
                provision={"period": {"start": consent.granted_at, "end": consent.withdrawn_at}},
            )  # fmt: skip

    def ledger(self) -> Iterator:
        for entry in self.file.entries:
            verb = entry.action.rpartition(".")[2]
            yield "AuditEvent", entry.pk, AuditEvent(
                type={"system": "urn:lesion-portal:action", "code": entry.action},
                action="R" if verb in READ else "E", recorded=entry.at,
                outcome={"done": "0", "denied": "4", "failed": "8"}.get(entry.result, "0"),
                agent=[{"requestor": entry.actor_id is not None,
                        "who": {"display": str(entry.actor or entry.actor_role)},
                        "role": [_text(entry.actor_role)]}],
                source={"observer": {"display": "Lesion portal"}},
                entity=[{"what": {"identifier": {"system": "urn:lesion-portal:object",
                                                 "value": entry.object_id}}}],
            )  # fmt: skip


def _answer(value: object, question: object) -> Dictionary:
    if question.kind is Kind.YES_NO:
        return {"valueBoolean": value}
    return {"valueDecimal": value} if isinstance(value, float) else {"valueInteger": value}


def _condition(code: str) -> Dictionary:
    """A label with the codes of the terminologies that have one."""
    known = find(code)
    coding = [{"system": LABEL_SYSTEM, "code": code, "display": str(known.name) if known else code}]
    if known and known.snomed:
        coding.append({"system": SNOMED, "code": known.snomed, "display": str(known.name)})
    if known and known.icd10:
        coding.append({"system": ICD10, "code": known.icd10})
    return {"coding": coding, "text": str(known.name) if known else code}
