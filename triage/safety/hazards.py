"""The hazard log: one source for docs/safety.md and for the safety board.

`python -m triage.safety.hazards` prints the table of docs/safety.md. What can be seen of a control
while the portal runs is in controls.py, by the hazard's key.
"""
# ruff: noqa: E501  (names of tests are as long as they are)

from dataclasses import dataclass

COLUMNS = ("Hazard", "Cause", "Severity", "Control (where)", "Test", "Left open")


@dataclass(frozen=True)
class Hazard:
    key: str
    title: str
    cause: str
    severity: str  # Catastrophic, Major, Considerable, Minor
    control: str
    tests: str  # paths below tests/
    left_open: str


HAZARDS = (
    Hazard(
        key="missed-melanoma-ranked-low",
        title="Missed melanoma ranked low",
        cause="the model is wrong; the likeliest class hides the worst; symptoms untold",
        severity="Major",
        control=(
            "the worst plausible class and the worst photo decide; rules only raise; unsure, "
            "unscored, failed and out-of-domain cases never below 'soon' (`triage/priority.py`, "
            "`reasons.py`, `scoring.py`); every case is read by a person"
        ),
        tests=(
            "`triage/test_priority.py::test_a_melanoma_above_its_threshold_outranks_a_likely_naevus`,"
            " `::test_one_more_symptom_never_lowers_a_case`, "
            "`::test_a_case_without_a_sure_score_is_never_below_the_floor`; "
            "`inference/test_classifier.py::test_a_harmless_photo_cannot_talk_down_a_worrying_one`"
        ),
        left_open=(
            "a melanoma below the threshold, without symptoms told, may wait up to 14 days "
            "('advice'); sensitivity on a clinic's own patients is unknown"
        ),
    ),
    Hazard(
        key="history-talks-a-photo-down-or-its-absence-speaks",
        title="History talks a photo down, or its absence speaks",
        cause=(
            "the facts of a harmless lesion lower the model's risk; data sets record more of cancers "
            "than of moles, so 'not told' looks harmless"
        ),
        severity="Major",
        control=(
            "of photos alone and with history the worse result counts, each against a threshold of "
            "its own, for each risk and condition (`triage/ranking.py`, `reasons.py`); a fact that "
            "isn't known is in no sum, and fitting counts known values only (`inference/fusion.py`, "
            "`training/patient.py`); staff see both results and what moved them"
        ),
        tests=(
            "`triage/test_history.py::test_no_history_ever_lowers_a_case`, "
            "`::test_a_history_raises_what_the_photos_left_low`, "
            "`::test_each_of_the_two_is_held_against_its_own_threshold`; "
            "`inference/test_fusion.py::test_without_any_fact_the_photo_s_own_probabilities_come_back_unchanged`;"
            " "
            "`training/test_fusion.py::test_in_pad_ufes_20_who_was_asked_gives_the_label_away_but_not_to_the_fusion`"
        ),
        left_open=(
            "the worse of two results alarms more often than either; learned from one country's "
            "patients as a clinician wrote it down, not as patients tell it themselves; the "
            "conditions a patient is shown are those with history"
        ),
    ),
    Hazard(
        key="a-changed-rule-hides-a-case",
        title="A changed rule hides a case",
        cause=(
            "a wrong number, a limit set too high, two administrators at once, cases that keep their "
            "old place"
        ),
        severity="Major",
        control=(
            "limits within which a rule may move: no threshold above the model's, no cancer less "
            "urgent than as delivered, nothing unscored below 'soon' (`triage/rules.py`, `book.py`); "
            "what would move in today's queue is shown before anything changes "
            "(`triage/rule_preview.py`); every version is written once, with author, reason, before "
            "and after in the ledger, and comes back in one click (`triage/rule_changes.py`); open "
            "cases are ranked anew, each with the version that ranked it (`triage/reranking.py`)"
        ),
        tests=(
            "`triage/test_book.py::test_no_case_is_ranked_below_what_a_clinician_said`, "
            "`::test_a_lower_share_of_the_model_s_limits_never_lowers_a_case`, "
            "`::test_what_the_portal_could_not_work_with_is_refused_by_its_path`; "
            "`triage/test_rule_changes.py::test_of_two_changes_at_the_same_moment_one_holds`; "
            "`triage/test_reranking.py::test_every_open_case_is_ranked_by_the_newest_version`; "
            "`triage/web/test_rules.py::test_the_later_of_two_is_told_and_keeps_what_they_wrote`"
        ),
        left_open=(
            "one administrator alone can change them, and need not be a clinician; targets can be made "
            "as long as a year; a preview of a very long queue is of a random sample, and says so"
        ),
    ),
    Hazard(
        key="a-stuck-job-makes-a-case-invisible",
        title="A stuck job makes a case invisible",
        cause="worker killed, broker emptied, poison photo, model missing",
        severity="Major",
        control=(
            "the row is the work: lease, fence, attempts, sweep (`triage/scoring.py`); the worklist "
            "is every open case, scored or not (`triage/worklist.py`)"
        ),
        tests=(
            "`faults/test_nothing_is_lost.py` (all); "
            "`triage/test_worklist.py::test_the_pages_together_are_exactly_the_open_cases`"
        ),
        left_open="staff see a notice and *System* shows what waits, but nobody is called: watch `/readyz`",
    ),
    Hazard(
        key="wrong-patient-s-photo",
        title="Wrong patient's photo",
        cause="uploads mixed up, an address guessed, a shared telephone",
        severity="Major",
        control=(
            "an upload belongs to one patient and becomes a photo under the same id "
            "(`triage/intake.py`); one filter decides who sees what (`triage/permissions.py`); hash "
            "of each photo kept"
        ),
        tests=(
            "`triage/test_intake.py::test_a_stranger_s_upload_cannot_be_sent`; "
            "`triage/web/test_sending_once.py::test_what_a_stranger_sends_reaches_nobody_else_s_form`; "
            "`test_access_matrix.py::test_who_gets_in`"
        ),
        left_open=(
            "a patient can send somebody else's photo and nobody notices; the worker doesn't compare "
            "a file with its hash (the check in operations.md does); identity isn't proven at sign-up"
        ),
    ),
    Hazard(
        key="stale-or-altered-model",
        title="Stale or altered model",
        cause="an old release kept on; files exchanged",
        severity="Considerable",
        control=(
            "every file's hash is checked on loading (`inference/artifact.py`), and against the hash "
            "that was registered (`inference/serving.py`); each result keeps version, hash, "
            "preprocessing and thresholds; one result a case, set of photos and version, unchangeable; "
            "photos and scores are watched for drift (`triage/safety/drift.py`); a newly active model "
            "can score open cases again (`triage/second_looks.py`); any past result can be done again "
            "(`triage/replays.py`)"
        ),
        tests=(
            "`inference/test_artifact.py::test_one_changed_bit_is_found`; "
            "`inference/test_tasks.py::test_a_registered_model_with_other_files_is_not_used`, "
            "`::test_a_past_assessment_done_again_says_the_same_numbers`; "
            "`triage/test_scoring.py::test_one_model_version_scores_a_case_once`, "
            "`::test_what_was_scored_is_never_changed`; "
            "`triage/safety/test_drift.py::test_scores_that_moved_are_found_in_the_rows`"
        ),
        left_open=(
            "without a reference in the artifact drift is measured from the portal's own first cases, "
            "which may be odd themselves; no model expires by itself"
        ),
    ),
    Hazard(
        key="worse-model-put-in-charge",
        title="A worse model is put in charge",
        cause="a new release misses more here than it did on its test photos",
        severity="Major",
        control=(
            "a release changes nothing by itself; it is tried as a shadow on live cases, seen by "
            "nobody (`triage/second_looks.py`); promotion takes the gate (`triage/gate.py`) and two "
            "administrators, both in writing where the gate cannot be assessed (`triage/registry.py`); "
            "one administrator rolls back at once"
        ),
        tests=(
            "`triage/test_registry.py::test_a_model_that_fails_the_gate_is_promoted_by_nobody`, "
            "`::test_what_cannot_be_assessed_takes_both_administrators_express_word`, "
            "`::test_one_administrator_rolls_back_in_one_step`; "
            "`triage/test_second_looks.py::test_nobody_is_shown_what_a_trial_says`"
        ),
        left_open=(
            "a signed answer was given after seeing the active model's result and may favour it; a "
            "clinic may never have 50 cancers that both have scored, and then two people's word "
            "stands in for the gate; after a roll-back an open case that both models have scored keeps the later word"
        ),
    ),
    Hazard(
        key="automation-bias",
        title="Automation bias",
        cause="the reader follows the model",
        severity="Major",
        control=(
            "first opinion is committed and locked before the model's result is shown, by the "
            "database too (`triage/reviews.py`, `reading.py`); bold decisions are asked about, and "
            "no single key signs one; a ready-made decision makes no case less urgent, says nothing"
            " of the photos and is shown whole before it is signed (`standard_decisions.py`); "
            "agreement is kept, before and after the reveal"
        ),
        tests=(
            "`triage/test_reading.py::test_nothing_of_the_model_is_in_the_whole_reading_before_the_first_opinion`;"
            " `triage/test_reviews.py::test_nothing_is_signed_before_the_first_opinion`, "
            "`::test_the_database_itself_locks_the_first_opinion`; "
            "`triage/test_standard_decisions.py` (all); "
            "`triage/web/test_reading.py::test_a_bold_ready_made_decision_is_questioned_and_no_single_key_signs_it`"
        ),
        left_open=(
            "**urgency, due time and place on the worklist, and the mark 'Unknown to the model', "
            "come from the model too** and are shown before the first opinion, on the case's page "
            "as well: a deadline computed without the model would be a false one; an administrator "
            "can turn the first opinion off; patients read the first impression before the answer"
        ),
    ),
    Hazard(
        key="worse-on-dark-skin",
        title="Worse on dark skin",
        cause="hardly any such photos in training; dark photos taken for poor ones",
        severity="Major",
        control=(
            "for skin types V and VI a reassuring result alone is not enough for 'advice'; a photo "
            "outside the domain is raised, not refused; advice on light never keeps a photo from "
            "being sent (`triage/reasons.py`, `inference/domain.py`, `triage/photos.py`)"
        ),
        tests=(
            "`triage/test_priority.py::test_a_reassuring_score_alone_does_not_make_dark_skin_advice`;"
            " `inference/test_domain.py::test_generated_lesions_on_every_skin_are_taken`; "
            "`triage/test_photo_advice.py::test_each_doubt_is_told_with_what_to_do`"
        ),
        left_open=(
            "**no figures at all**; more photos of dark skin fall outside the domain (see the card): "
            "those cases are ranked 'soon' and say nothing of a condition; a skin type that isn't "
            "told raises nothing; the board has figures by skin type only once enough cases are answered"
        ),
    ),
    Hazard(
        key="notification-not-delivered",
        title="Notification not delivered",
        cause="mail server away, address gone, mail unread",
        severity="Major",
        control=(
            "the answer is in the portal at once; the notification's row is the outbox, tried at each "
            "sweep (`triage/outbox.py`); an emergency sign is answered on the page itself; signing "
            "an emergency reminds the reader to call"
        ),
        tests=(
            "`triage/test_outbox.py` (all); "
            "`triage/web/test_sending.py::test_an_emergency_is_answered_at_once_and_can_still_be_sent`;"
            " `triage/test_reviews.py::test_a_second_look_is_asked_for_where_a_decision_is_bold`"
        ),
        left_open=(
            "a mail that bounces after it was taken is not noticed; nobody learns that a patient never opened the answer; no "
            "telephone number is kept"
        ),
    ),
    Hazard(
        key="clock-miscounted",
        title="Clock miscounted",
        cause="time zones, wrong host clocks, holidays",
        severity="Considerable",
        control=(
            "times in UTC, checked at the start (`portal/checks.py`); due time runs from submission "
            "and doesn't move while waiting; more urgent is never due later (`triage/priority.py`); "
            "it stands still only while photos were asked for again, with the reason on record "
            "(`triage/retakes.py`); weekends and the clinic's days off are no working days "
            "(`triage/working_time.py`); a missed time is told once to who is on duty "
            "(`triage/clock.py`); a result is written only under the current fence"
        ),
        tests=(
            "`triage/test_priority.py::test_due_time_is_in_utc_and_does_not_move_while_a_case_waits`, "
            "`::test_a_more_urgent_case_is_never_due_later_whatever_the_clinic_sets`; "
            "`triage/test_retakes.py::test_what_was_left_of_the_time_is_left_afterwards`, "
            "`::test_the_clock_of_an_emergency_is_never_stopped`; "
            "`triage/test_clock.py::test_a_missed_time_is_told_once_to_who_is_on_duty`; "
            "`portal/test_checks.py::test_time_is_utc_everywhere`; "
            "`triage/test_scoring.py::test_whoever_lost_the_lease_cannot_record`"
        ),
        left_open=(
            "days off must be entered by somebody; hosts must keep their clocks in time; the points for "
            "waiting are counted only when a case is ranked anew, which time alone doesn't do (order by "
            "due time covers it)"
        ),
    ),
    Hazard(
        key="inadequate-photo-read-as-benign",
        title="Inadequate photo read as benign",
        cause="blurred, dark, wrong place, not the lesion",
        severity="Major",
        control=(
            "the reader says of each photo whether it was good enough; discharge on inadequate photos"
            " alone is refused, on some of them asked about (`triage/reviews.py`); what isn't skin is"
            " out of domain and ranked 'soon' (`inference/domain.py`); the sender gets advice on "
            "light and sharpness"
        ),
        tests=(
            "`triage/test_reviews.py::test_nobody_is_sent_home_on_photos_that_were_all_inadequate`; "
            "`inference/test_domain.py::test_what_is_not_skin_is_refused`; "
            "`triage/web/test_reading.py::test_every_photo_must_be_judged`"
        ),
        left_open=(
            "a sharp photo of the wrong spot passes; a lesion that is small in the picture is outside of "
            "what the model knows, and it may not notice"
        ),
    ),
    Hazard(
        key="lost-outcome",
        title="Lost outcome",
        cause="an answer changed or gone, a referral not made",
        severity="Major",
        control=(
            "signed reviews are final, by the database too; amending makes a new version with a "
            "reason and both stay readable (`triage/reviews.py`, "
            "`triage/migrations/0002_written_once.py`); backup and restore "
            "([operations](operations.md))"
        ),
        tests=(
            "`triage/test_reviews.py::test_the_database_itself_keeps_what_was_signed`, "
            "`::test_an_amendment_is_a_new_version_and_the_old_one_stays`; "
            "`triage/web/test_cases.py::test_an_amended_answer_replaces_the_first_which_stays_readable`;"
            " `faults/test_restore.py::test_a_restored_portal_has_its_cases_photos_ledger_and_rights`"
        ),
        left_open=(
            "the portal refers nobody: 'referred to' is a text, and somebody must make the referral; a "
            "pathology result that nobody enters is missed by nobody; what was sent after the last "
            "backup is lost with the host"
        ),
    ),
    Hazard(
        key="the-assistant-misunderstands-or-reassures",
        title="The assistant misunderstands or reassures",
        cause=(
            "words read wrongly, a denial taken for a yes or a yes for a denial, a patient who "
            "trusts a program"
        ),
        severity="Major",
        control=(
            "it repeats what it understood, an answer can be taken back; a yes is never undone by a"
            " later no; what isn't understood is asked again and then left at 'not known'; "
            "emergency advice at once at any point; urgency by the portal's own rules, without "
            "photos never below 'soon'; it only quotes the condition pages and makes no diagnosis "
            "(`triage/assistant/`)"
        ),
        tests=(
            "`triage/assistant/test_understanding.py::test_a_denial_is_never_heard_as_a_yes`, "
            "`::test_no_fact_is_made_of_noise`; "
            "`triage/assistant/test_dialogue.py::test_one_turn_more_never_takes_an_emergency_or_a_yes_back`;"
            " `triage/test_conversations.py::test_without_photos_it_never_says_that_it_can_wait`; "
            "`triage/assistant/test_knowledge.py::test_every_word_told_stands_on_the_page_that_is_named`"
        ),
        left_open=(
            "English only; its phrases were written by its makers, not taken from patients; a fact "
            "said in words that it doesn't know is lost unless the patient reads it in the form or "
            "a clinician in the notes"
        ),
    ),
    Hazard(
        key="a-file-made-to-break-the-decoder",
        title="A file made to break the decoder",
        cause="bombs, polyglots, decoder faults",
        severity="Considerable",
        control=(
            "formats by content, limits before decoding, a process with 1 GiB, 10 s and no file to "
            "write (`inference/image.py`, `triage/photos.py`); web processes never decode"
        ),
        tests=(
            "`inference/test_image.py::test_a_decompression_bomb_is_refused_by_its_header`, "
            "`::test_a_polyglot_loses_its_other_half`; `inference/test_image_limits.py` (all)"
        ),
        left_open=(
            "no system-call filter around the decoder; the worker decodes our own JPEGs in its child,"
            " without those limits"
        ),
    ),
    Hazard(
        key="the-ledger-is-tampered-with",
        title="The ledger is tampered with",
        cause="somebody with the application's rights, or more",
        severity="Considerable",
        control=(
            "the application's role can only add; triggers refuse; hash chain made inside the "
            "database (`portal/audit/`)"
        ),
        tests=(
            "`portal/audit/test_privileges.py::test_the_application_cannot_rewrite_the_ledger`; "
            "`portal/audit/test_verification.py::test_tampering_is_found_and_its_first_place_named`; "
            "`portal/audit/test_chain.py::test_writers_at_the_same_time_make_one_gapless_chain`"
        ),
        left_open=(
            "a superuser who rewrites everything, the head too, is found only by a head kept "
            "elsewhere; nothing anchors it by itself; verifying isn't scheduled"
        ),
    ),
    Hazard(
        key="somebody-else-sees-a-photo",
        title="Somebody else sees a photo",
        cause="stolen password, open screen, a link passed on",
        severity="Considerable",
        control=(
            "second factor for staff, sessions that end, limits on guessing (`portal/accounts/`); "
            "every address checked and recorded; no copy in caches"
        ),
        tests=(
            "`test_access_matrix.py::test_who_gets_in`; "
            "`portal/accounts/test_mfa.py::test_staff_without_a_second_factor_reach_nothing_but_its_set_up`;"
            " `triage/web/test_media.py::test_nobody_else_sees_it_by_knowing_its_address`"
        ),
        left_open=(
            "patients have a password alone unless they set up more; every dermatologist of a clinic "
            "sees all its cases, each look on record"
        ),
    ),
)


def table() -> str:
    """The hazard log as a table in Markdown."""
    rows = [
        (f"**{one.title}**", one.cause, one.severity, one.control, one.tests, one.left_open)
        for one in HAZARDS
    ]
    lines = [COLUMNS, ("---",) * len(COLUMNS), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


if __name__ == "__main__":
    print(table())
