"""What the domain refuses, in the reader's language: an exception's docstring is its message."""

from django.utils.translation import gettext, gettext_noop


def said(refusal: Exception | type[Exception]) -> str:
    """The message of an exception, or of its class."""
    return gettext(" ".join(str(refusal.__doc__).split()))


# Those that pages show. Docstrings are not read by makemessages, so they stand here once more;
# tests/portal/test_refusals.py keeps both the same.
SHOWN = (
    gettext_noop("Agree to the assessment of your photos first: open your profile."),
    gettext_noop("You have sent as many cases as an hour allows."),
    gettext_noop(
        "This is better seen by a clinician in person: patients under 16, and the genital area."
    ),
    gettext_noop(
        "Add at least one photo. Photos that were added before may have been removed since."
    ),
    gettext_noop("A case holds six photos at most."),
    gettext_noop("This case is not on your desk. Claim it first."),
    gettext_noop(
        "This case is ranked as an emergency: its clock is never stopped. Answer it, or call."
    ),
    gettext_noop("Say why: choose a reason, and for 'another reason' write a note to the patient."),
    gettext_noop("No new photos are wanted for this case any more."),
    gettext_noop("Write something first."),
    gettext_noop("Shorten this: a message holds 2000 characters."),
    gettext_noop("The patient has written since you opened this. Read that first."),
    gettext_noop(
        "You have written a lot within an hour. Wait a while; in an emergency call 999 or 112."
    ),
    gettext_noop(
        "You have written as much as one hour allows. Try again in an hour; in an emergency call "
        "999 or 112."
    ),
    gettext_noop(
        "This talk holds no more. Go on with the form, or start again; in an emergency call 999 or "
        "112."
    ),
    gettext_noop("This day is on the list already."),
    gettext_noop("Only this clinic's dermatologists and administrators keep its rota."),
    gettext_noop("Only dermatologists of this clinic whose account works can be on duty."),
    gettext_noop("A duty ends after it starts, and not in the past."),
    gettext_noop("A duty starts at most a year ago and ends within two years. Check the dates."),
    gettext_noop(
        "This person is on the rota for a part of this time already. Take that duty off first."
    ),
    gettext_noop("Only dermatologists keep texts, each their own and those of their clinic."),
    gettext_noop("There is a text of this name already. Choose another name, or change that one."),
    gettext_noop("There are 200 texts already. Delete one that nobody uses."),
    gettext_noop("There is no case with this reference in your clinic."),
    gettext_noop(
        "This laboratory number is on record for the case already; correct that result instead."
    ),
    gettext_noop("This result was corrected in the meantime; correct its newest version."),
    gettext_noop("This review was amended in the meantime; amend its newest version."),
    gettext_noop(
        "This was saved in another window since. Nothing of it is overwritten unless you say so."
    ),
    gettext_noop("This form was sent or thrown away, perhaps in another tab."),
    gettext_noop(
        "You have begun a form already. Send it or throw it away before you begin another one."
    ),
    gettext_noop("Say where on the body it is."),
    gettext_noop("This person already has an account."),
)
