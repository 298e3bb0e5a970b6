"""What a case turned out to be, in SQL: the pathologist's word, else the newest signed answer.

The fragments are common table expressions; parameters are `malignant` and `known`, the codes of
conditions that are cancers and of those that are known to be or not to be.
"""

from triage.conditions import CONDITIONS, Malignancy

MALIGNANT = [condition.code for condition in CONDITIONS if condition.is_malignant]
KNOWN = [c.code for c in CONDITIONS if c.malignancy is not Malignancy.UNKNOWN]
PARAMETERS = {"malignant": MALIGNANT, "known": KNOWN}

# Photos that were asked for again are no answer yet; a corrected result does not stand.
TRUTH = """
answer AS (
    SELECT DISTINCT ON (case_id) case_id, diagnosis, signed_at FROM triage_review
    WHERE signed_at IS NOT NULL AND outcome <> 'photos_again'
    ORDER BY case_id, version DESC
), tissue AS (
    SELECT DISTINCT ON (case_id) case_id, diagnosis FROM triage_pathologyresult AS result
    WHERE NOT EXISTS (SELECT FROM triage_pathologyresult WHERE corrects_id = result.id)
    ORDER BY case_id, reported_on DESC, id DESC
), truth AS (
    SELECT case_id, coalesce(tissue.diagnosis, answer.diagnosis) AS diagnosis,
           coalesce(tissue.diagnosis, answer.diagnosis) = ANY(%(malignant)s) AS malignant,
           tissue.case_id IS NOT NULL AS by_pathology
    FROM answer FULL JOIN tissue USING (case_id)
    WHERE coalesce(tissue.diagnosis, answer.diagnosis) = ANY(%(known)s)
)
"""

# Of a row of assessments called {said}: the greater risk, and what the model calls suspicious by
# its own limits, of photos alone or with history.
CANCER_RISK = "greatest({said}.malignancy_risk, {said}.history_malignancy_risk)"
_CALL = (
    "({{said}}.{risk}_risk >= {{said}}.{risk}_threshold OR "
    "coalesce({{said}}.history_{risk}_risk >= "
    "coalesce({{said}}.history_{risk}_threshold, {{said}}.{risk}_threshold), false))"
)
CANCER_CALL = _CALL.format(risk="malignancy")
MELANOMA_CALL = _CALL.format(risk="melanoma")
