"""Phrases that a stranger found misread; since then the assistant is made with them too."""

from tests.triage.assistant.phrase import Phrase

AIR, HARM = {"airway": True}, {"self_harm": True}
DANGERS = (
    Phrase("My face is swelling and I can't breathe after a bee sting", "signs",
           {**AIR, "inflammation": True, "body_site": "face"}),
    Phrase("I have trouble breathing and hives all over", "signs", AIR),
    Phrase("I have troble breething", "story", AIR),
    Phrase("My tongue is swollen and I can't swallow", "itch", {**AIR, "inflammation": True}),
    Phrase("can't breathe, what do I do?", "story", AIR),
    Phrase("my throat is closing up", "signs", {**AIR, "body_site": "neck"}),
    Phrase("short of breath", "signs", AIR),
    Phrase("I want to kill myself because of my acne", "signs", HARM),
    Phrase("I am suicidal", "itch", HARM),
    Phrase("I don't want to live any more", "story", HARM),
    Phrase("I can breathe fine", "signs", {}),
    Phrase("no trouble breathing", "signs", {}),
    Phrase("this itch is killing me", "story", {"itch": True}),
    Phrase("I would die of embarrassment", "story", {}),
    Phrase("I cut myself shaving and it bled", "story", {"bleed": True}),
)  # fmt: skip
BACKGROUND = (
    Phrase("I had a basal cell removed in 2015", "story", {"previous_skin_cancer": True}),
    Phrase("I had a wart removed in 2015, nobody in my family had melanoma", "itch", {}),
    Phrase("I had a mole cut out, none of my family had skin cancer", "itch", {}),
    Phrase("I take methotrexate", "itch", {"immunosuppression": True}),
    Phrase("I'm on azathioprine after a kidney transplant", "itch", {"immunosuppression": True}),
    Phrase("prednisolone every day", "itch", {"immunosuppression": True}),
    Phrase("I have HIV", "itch", {"immunosuppression": True}),
    Phrase("I am having chemo", "itch", {"immunosuppression": True}),
    Phrase("my dad takes methotrexate", "itch", {}),
    Phrase("I have never taken ciclosporin", "itch", {}),
    Phrase("what is methotrexate?", "itch", {}),
    Phrase("I tried tacrolimus ointment", "itch", {}),
    Phrase("my HIV test was negative", "itch", {}),
)
WHERE = (
    Phrase("on my left shoulder blade", "story", {"body_site": "back", "side": "left"}),
    Phrase("between my shoulder blades", "body_site", {"body_site": "back"}),
    Phrase("on my shoulder", "story", {"body_site": "shoulder"}),
    Phrase("Lower back, no, sorry, on my left calf", "body_site",
           {"body_site": "lower_leg", "side": "left"}),
    Phrase("on my left arm, I mean the right one", "story", {"body_site": "arm", "side": "right"}),
    Phrase("Actually it's on my upper back, not my shoulder", "itch", {"body_site": "back"}),
    Phrase("not on my shoulder, on my back", "story", {"body_site": "back"}),
    Phrase("It's on my arm. Actually it itches near my hand", "story",
           {"itch": True, "body_site": "arm"}),
    Phrase("on my left calf, not my right", "story", {"body_site": "lower_leg", "side": "left"}),
    Phrase("not my left arm, my right arm", "story", {"body_site": "arm", "side": "right"}),
    Phrase("on my back, no bleeding", "story", {"bleed": False, "body_site": "back"}),
)  # fmt: skip
NONE_OF_THEM = (
    Phrase("No fever, nothing of that", "signs", {"signs": False}),
    Phrase("no fever, no blisters, none of these", "signs", {"signs": False}),
    Phrase("I have no fever, nothing of that", "signs", {"signs": False}),
    Phrase("No fever, nothing of that", "over_half_body", {"over_half_body": False}),
    Phrase("no fever, nothing except blisters", "signs", {}),
    Phrase("fever, nothing else", "signs", {}),
    Phrase("No fever, but my skin peels, nothing else", "signs", {"mucosal_or_blistering": True}),
)
FOUND = (*DANGERS, *BACKGROUND, *WHERE, *NONE_OF_THEM)
