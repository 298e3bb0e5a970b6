"""Who may open the clinic's pages; anybody else gets 404 and an entry in the ledger."""

from portal.accounts.models import Role
from portal.audit.guards import only_for

for_patients = only_for(Role.PATIENT)
for_dermatologists = only_for(Role.DERMATOLOGIST)
for_patients_and_dermatologists = only_for(Role.PATIENT, Role.DERMATOLOGIST)
