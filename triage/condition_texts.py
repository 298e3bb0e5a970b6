"""The patient pages' texts, by condition code. Data, not logic: see `triage.conditions`."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class PageText:
    """What a condition's page says; paragraphs are parted by a blank line."""

    seriousness: str  # one sentence
    what: str
    causes: str
    course: str
    treatment: str
    seek_help: str
    sources: tuple[str, ...]


TEXTS: dict[str, PageText] = {
    "MEL": PageText(
        seriousness=_(
            "Melanoma is a serious skin cancer that can spread; found early, it can nearly "
            "always be cured."
        ),
        what=_(
            "Melanoma is a cancer of the cells that give skin its colour. It may be a new mark or "
            "an old mole that changes. Many melanomas are uneven in shape, have a ragged edge or more "
            "than one colour, and slowly get bigger.\n\n"
            "Some look different. One kind is a firm, raised lump that grows over weeks. Others are "
            "pink or red, with little or no brown. On brown and black skin, melanoma is rarer but more "
            "often found on palms, soles and under nails, for example as a dark stripe in a nail that "
            "widens."
        ),
        causes=_(
            "The main cause is ultraviolet light from the sun and sunbeds, above all sunburn. "
            "The risk is higher with fair skin that burns, many moles or unusual moles, an earlier "
            "skin cancer, melanoma in a close relative, or a weakened immune system. Melanoma of "
            "palms, soles and nails has little to do with sun. It is not catching."
        ),
        course=_(
            "At first a melanoma stays in the top layers of the skin, and removing it is "
            "usually all that is needed. If it is left it grows deeper and can spread to lymph glands "
            "and other organs. The thinner it is when removed, the better the outlook, so time counts."
        ),
        treatment=_(
            "The whole mark is cut out, as a rule under local anaesthetic, and looked at "
            "under the microscope. If it is melanoma, a wider piece of skin is taken so that none is "
            "left behind. Deeper ones may need a test of the nearest lymph gland, scans, and medicines "
            "that help the immune system or block the growth of the cancer. Regular checks follow."
        ),
        seek_help=_(
            "A suspected melanoma should be seen urgently by a skin specialist, usually "
            "within two weeks. Do not wait to see whether it changes further, and do not have it "
            "removed by laser, freezing or a beautician: it must be examined under the microscope. "
            "Tell us at once if it bleeds, grows fast, or if you feel a lump in the neck, armpit or "
            "groin."
        ),
        sources=("NHS: Melanoma skin cancer", "BAD: Melanoma", "DermNet: Melanoma"),
    ),
    "SCC": PageText(
        seriousness=_(
            "Squamous cell carcinoma is a skin cancer that is cured in most people, but it "
            "can spread if it is left."
        ),
        what=_(
            "Squamous cell carcinoma starts in the upper layer of the skin. It is often a firm "
            "pink or red lump with a scaly or crusted top, or a sore that does not heal. It may be "
            "tender and may bleed. Most are on skin that has seen much sun: face, ears, lips, scalp, "
            "backs of the hands, lower legs. On brown and black skin it can be dark, and often grows "
            "in old scars, ulcers or skin that has been inflamed for years."
        ),
        causes=_(
            "Many years of sun, or sunbeds, are the main cause. The risk rises with age, fair "
            "skin, many rough sun-damaged patches (actinic keratoses), and above all with medicines or "
            "diseases that weaken the immune system, such as those after an organ transplant. Old "
            "burns, long-lasting wounds, some wart viruses and smoking (for the lip) play a part. It "
            "is not catching."
        ),
        course=_(
            "It usually grows over weeks to months. Small ones caught early are nearly always "
            "cured. A few spread to lymph glands and further, more often those on the lip or ear, "
            "large or deep ones, and those of people whose immune system is weak. People who had one "
            "have a higher risk of another."
        ),
        treatment=_(
            "Most are cut out under local anaesthetic, with some healthy skin around them, "
            "and examined under the microscope. Radiotherapy is another choice when surgery does not "
            "suit. Those at higher risk are followed up for some years, with a check of the lymph "
            "glands. If it has spread, there are medicines that help the immune system to fight it."
        ),
        seek_help=_(
            "A suspected squamous cell carcinoma should be seen urgently by a skin "
            "specialist, usually within two weeks. Tell us at once if it grows quickly, hurts, bleeds, "
            "or if you find a lump in the neck, armpit or groin, and whenever you take medicines that "
            "weaken the immune system."
        ),
        sources=(
            "NHS: Non-melanoma skin cancer",
            "BAD: Squamous cell carcinoma",
            "DermNet: Cutaneous squamous cell carcinoma",
        ),
    ),
    "BCC": PageText(
        seriousness=_(
            "Basal cell carcinoma is a slow skin cancer that almost never spreads to other "
            "parts of the body, but it damages skin nearby if it is left."
        ),
        what=_(
            "Basal cell carcinoma is the most common skin cancer. It often starts as a small "
            "shiny or pearly bump, sometimes with fine blood vessels on it, or as a sore that scabs, "
            "seems to heal and opens again. It can also be a flat, red, scaly patch or look like a "
            "scar. On brown and black skin it is often dark and can be taken for a mole. Most are on "
            "the face, head and neck."
        ),
        causes=_(
            "Sun over many years and sunburn, also in childhood, are the main causes; sunbeds "
            "add to it. Fair skin, older age, an earlier skin cancer, a weakened immune system, "
            "radiotherapy long ago and, rarely, an inherited condition raise the risk. It is not "
            "catching."
        ),
        course=_(
            "It grows slowly, over months and years. It very rarely spreads elsewhere. Left "
            "alone, it grows wider and deeper and can damage the nose, an ear, an eyelid or the bone "
            "beneath, and is then harder to treat. Many people who had one get another within a few "
            "years."
        ),
        treatment=_(
            "Most are cut out under local anaesthetic and are then cured. On the face, "
            "special surgery (Mohs) checks the edges during the operation so that as little skin as "
            "possible is lost. Thin ones may be treated with a cream, by freezing, scraping, or a "
            "light treatment. Radiotherapy is a choice for some. There are tablets for the very few "
            "that cannot be removed."
        ),
        seek_help=_(
            "It should be seen by a skin specialist. Most can wait for a routine "
            "appointment. It should be sooner near the eye, nose, lip or ear, when it is large, when "
            "it grows fast, or when your immune system is weak: tell us if any of these is so, or if "
            "it bleeds often or becomes painful."
        ),
        sources=(
            "NHS: Non-melanoma skin cancer",
            "BAD: Basal cell carcinoma",
            "DermNet: Basal cell carcinoma",
        ),
    ),
    "AK": PageText(
        seriousness=_(
            "Actinic keratosis is not cancer; a small number turn into squamous cell "
            "carcinoma over the years."
        ),
        what=_(
            "Actinic keratoses, also called solar keratoses, are rough, dry, scaly patches on "
            "skin that has had much sun. They can be pink, red, brown or the colour of your skin, and "
            "are often felt before they are seen, like sandpaper. Some have a hard, horny top. They "
            "are usually small and there are often several, on the bald scalp, face, ears, backs of "
            "the hands and forearms."
        ),
        causes=_(
            "They come from sun that has added up over a lifetime, or from sunbeds. They are "
            "common with fair skin, in people who work or spend their free time outdoors, after the "
            "age of about 50, and with a weakened immune system. They are not catching."
        ),
        course=_(
            "Some go away by themselves, some stay, and new ones come. The chance that any one "
            "patch becomes a squamous cell carcinoma is low, but it is higher in people who have many, "
            "or whose immune system is weak. Having them shows that the skin has had enough sun to be "
            "at risk of skin cancer in general."
        ),
        treatment=_(
            "A few thin patches may need no more than a moisturiser and sun protection. "
            "Creams or gels on prescription treat an area over days or weeks and make it red and sore "
            "for a while. Single ones can be frozen, scraped off, or treated with light. A patch that "
            "is thick, tender or growing may be removed and examined.\n\n"
            "Protect your skin: shade, a hat that covers the ears, long sleeves, and sunscreen of SPF "
            "30 or more."
        ),
        seek_help=_(
            "A routine appointment is soon enough for most. Tell us at once if a patch "
            "becomes a lump, hurts, bleeds, forms a sore or grows quickly, or if you take medicines "
            "that weaken the immune system."
        ),
        sources=(
            "NHS: Actinic keratoses (solar keratoses)",
            "BAD: Actinic keratoses",
            "DermNet: Actinic keratosis",
        ),
    ),
    "BKL": PageText(
        seriousness=_("A benign keratosis is harmless and does not turn into cancer."),
        what=_(
            "This is a group of harmless growths of the top layer of the skin. The most common is "
            "the seborrhoeic keratosis: a flat or raised, waxy or warty mark that looks stuck on, from "
            "skin-coloured to brown or almost black. Flat brown age spots (solar lentigines) belong "
            "here too. Many people have a lot of them, on the trunk, face and scalp. On brown and "
            "black skin, small dark ones on the cheeks are common."
        ),
        causes=_(
            "They come with age and run in families. Sun plays a part, above all in flat age "
            "spots. They are not warts caused by a virus and they are not catching."
        ),
        course=_(
            "They grow slowly, stay, and new ones come over the years. They can itch, catch on "
            "clothes or become sore when rubbed. Because they can be very dark, they are sometimes "
            "mistaken for melanoma, and now and then a melanoma is mistaken for one of them: that is "
            "why a clinician looks at your photos."
        ),
        treatment=_(
            "No treatment is needed. One that catches or itches can be frozen, scraped off "
            "or shaved off under local anaesthetic; if there is any doubt about what it is, it is "
            "examined under the microscope. Removing them for looks alone is often not paid for by the "
            "health service. Do not use wart or mole removers from a shop or the internet."
        ),
        seek_help=_(
            "Tell us if one mark looks different from all your others, grows quickly, bleeds "
            "without being knocked, or has several colours. See a doctor if very many appear within a "
            "few weeks."
        ),
        sources=(
            "NHS: Seborrhoeic keratosis",
            "BAD: Seborrhoeic keratoses",
            "DermNet: Seborrhoeic keratosis; Solar lentigo",
        ),
    ),
    "DF": PageText(
        seriousness=_("A dermatofibroma is harmless and does not turn into cancer."),
        what=_(
            "A dermatofibroma is a small, firm lump in the skin, like a button or a lentil, up to "
            "about 1 cm wide. It is pink, brown or, on darker skin, dark brown to black, often with a "
            "darker rim. If you pinch it from the sides, it dimples inwards. Most are on the legs; "
            "adults, women more than men, have one or a few."
        ),
        causes=_(
            "Nobody is sure. Some seem to follow an insect bite, an ingrown hair or a small "
            "injury. They are not catching. Rarely, many appear in people with a disease or a "
            "treatment that affects the immune system."
        ),
        course=_(
            "It comes up over weeks or months, then stays the same size for years. It can itch "
            "or be tender, and it may get nicked when shaving the legs. Some fade slowly and leave a "
            "small dent."
        ),
        treatment=_(
            "No treatment is needed. It can be cut out if it is a nuisance or if the "
            "diagnosis is in doubt; the scar may be more noticeable than the lump. Freezing can "
            "flatten it, but may leave a pale mark. If it was removed, it may come back."
        ),
        seek_help=_(
            "Tell us if it keeps growing, is wider than about 1 cm, changes in shape or "
            "colour, bleeds without being knocked, or if you are not sure that it is the same mark as "
            "before. See a doctor if many come up in a short time."
        ),
        sources=("BAD: Dermatofibroma", "DermNet: Dermatofibroma"),
    ),
    "NV": PageText(
        seriousness=_("A mole is harmless; what matters is a mole that changes."),
        what=_(
            "A melanocytic naevus is a mole: a group of the cells that give skin its colour. "
            "Moles can be flat or raised, smooth or warty, with or without hairs, and from skin-"
            "coloured to dark brown. A usual mole is of one colour, or two that fade into each other, "
            "and has an even shape. Most adults have between a few and several dozen."
        ),
        causes=_(
            "Some moles are there from birth; most come in childhood and up to the age of about "
            "40. How many you have runs in the family and depends on sun in childhood. Moles often "
            "darken or new ones appear during pregnancy."
        ),
        course=_(
            "Moles change slowly over decades: many become raised and paler, and some disappear "
            "in later life. Very few ever become a melanoma. Having many moles (over 100), or several "
            "large, uneven ones, means a somewhat higher risk of melanoma on any part of the skin."
        ),
        treatment=_(
            "A harmless mole needs no treatment. If there is doubt, the mole is cut out "
            "under local anaesthetic and examined under the microscope. A mole that catches on clothes "
            "can be shaved off. Do not have a mole burned or lasered off unless a doctor has said what "
            "it is, and do not use home removers.\n\n"
            "Look at your skin once a month, and ask somebody to look at your back. Protect it from "
            "sunburn and do not use sunbeds."
        ),
        seek_help=_(
            "Tell us at once if a mole grows, changes in shape or colour, has a ragged edge, "
            "bleeds, crusts or itches, if it looks unlike all your others, or if a new one appears "
            "after the age of about 40."
        ),
        sources=("NHS: Moles", "BAD: Melanocytic naevi (moles)", "DermNet: Melanocytic naevus"),
    ),
    "VASC": PageText(
        seriousness=_(
            "Marks of blood vessels are nearly always harmless; a new one that grows and "
            "bleeds should be checked."
        ),
        what=_(
            "This is a group of marks that are made of small blood vessels. The most common are "
            "cherry angiomas: bright red to purple dots or small bumps on the trunk. Spider veins, "
            "darker bumps that look blue or black, birthmarks, and small bleeds under the skin or a "
            "nail belong here too. A pyogenic granuloma is a red, moist bump that grows within weeks "
            "and bleeds easily."
        ),
        causes=_(
            "Cherry angiomas come with age and run in families. Others are there from birth, or "
            "follow sun damage, an injury or pregnancy. A pyogenic granuloma often follows a small "
            "wound, and is more common in children, in pregnancy and with some medicines. None is "
            "catching."
        ),
        course=_(
            "Most stay as they are for life. Cherry angiomas slowly become more. A bleed under "
            "the skin fades, and one under a nail grows out with it over months. A pyogenic granuloma "
            "may shrink by itself, but most are removed because they bleed."
        ),
        treatment=_(
            "Most need none. Laser or a fine electric needle can remove one that bleeds or "
            "that you dislike. A lump that grows or bleeds is scraped or cut off and examined under "
            "the microscope, because a melanoma without colour can look the same.\n\n"
            "If it bleeds, press on it firmly with a clean cloth for 10 minutes without looking."
        ),
        seek_help=_(
            "Tell us at once about a new red or dark lump that grows within weeks or bleeds, "
            "or a dark mark under a nail that does not grow out. Get medical help today for purple "
            "spots that do not fade when pressed with a glass and that come with fever or feeling ill, "
            "or for bleeding that does not stop after 10 minutes of pressure."
        ),
        sources=(
            "BAD: Vascular birthmarks; Pyogenic granuloma",
            "DermNet: Cherry angioma; Pyogenic granuloma",
        ),
    ),
    "ATOPIC": PageText(
        seriousness=_(
            "Atopic dermatitis is not cancer and not catching; it can be very troublesome "
            "and can become infected."
        ),
        what=_(
            "Atopic dermatitis, or eczema, makes skin dry, itchy and sore. In babies it is often "
            "on the face, later in the folds of elbows and knees, on wrists, neck and around the eyes. "
            "On light skin it looks red; on brown and black skin it can look darker, purple or grey, "
            "with small bumps. Scratching makes the skin thick, and it may leave lighter or darker "
            "patches for a time."
        ),
        causes=_(
            "The barrier of the skin is weaker than usual, partly by inheritance, so that it "
            "loses water and is easily irritated. Asthma and hay fever often run in the same family. "
            "Soap, wool, heat, sweat, stress, infections and, in some, foods or pollen can set it off."
        ),
        course=_(
            "It comes and goes. It often starts in childhood and gets better, or clears, with "
            "age, but it can begin or return in adults."
        ),
        treatment=_(
            "Use a moisturiser every day, and plenty of it, also in place of soap. For "
            "flares, steroid creams or other anti-inflammatory ointments are used for as long as the "
            "prescriber says. Avoid what sets it off where you can. Light treatment, tablets and "
            "injections are there for severe eczema. Ointments with paraffin can catch fire on cloth: "
            "keep away from flames."
        ),
        seek_help=_(
            "See a GP or pharmacist if it does not get better with moisturiser, disturbs "
            "sleep or keeps coming back. Get medical help the same day if the skin weeps, has yellow "
            "crusts, is hot and very painful, or you have a fever; and get help at once for clusters "
            "of small painful blisters or punched-out sores, above all on the face or near an eye. One "
            "single scaly patch that stays despite treatment should be looked at again."
        ),
        sources=("NHS: Atopic eczema", "BAD: Atopic eczema", "DermNet: Atopic dermatitis"),
    ),
    "TINEA": PageText(
        seriousness=_(
            "Fungal infections of the skin are not dangerous for most people and clear "
            "with treatment."
        ),
        what=_(
            "Tinea (ringworm, athlete's foot, jock itch) is an infection with a fungus, not a "
            "worm. It makes a round, scaly, itchy patch that spreads outwards, often clearer in the "
            "middle. On brown and black skin it can look brown or grey rather than red. Candidiasis, "
            "or thrush of the skin, is caused by a yeast: sore, moist, red patches in folds of skin, "
            "with small spots around them."
        ),
        causes=_(
            "Tinea is caught from people, pets, farm animals, or from floors, towels and shoes. "
            "Candida lives on many people and grows where skin is warm and damp, after antibiotics, "
            "with diabetes, or when the immune system is weak."
        ),
        course=_(
            "With treatment, skin clears within two to four weeks; scalp and nails take months "
            "and need tablets. Steroid cream by itself can hide it and make it spread."
        ),
        treatment=_(
            "A pharmacist can advise on antifungal cream, for as long as the leaflet says, "
            "often for one or two weeks after the skin looks clear. Infections of the scalp or nails, "
            "or large areas, need tablets from a doctor. Keep the skin clean and dry, wear loose "
            "cotton, wash towels and bedding often, do not share them, and have a pet with bald "
            "patches seen by a vet."
        ),
        seek_help=_(
            "See a GP if it is on the scalp, is not better after two weeks of treatment, "
            "keeps coming back, or if you have diabetes or a weak immune system. Get medical help the "
            "same day if the skin is hot, swollen and painful, has pus, or you have a fever."
        ),
        sources=(
            "NHS: Ringworm; Athlete's foot; Thrush",
            "BAD: Fungal infections of the skin",
            "DermNet: Tinea corporis; Candidiasis",
        ),
    ),
    "OTHER": PageText(
        seriousness=_("We cannot say from the photos alone how serious this is."),
        what=_(
            "The skin has more than two thousand known conditions, and this service knows only "
            "the most common growths and a few rashes. Your photos fit none of them well, or they were "
            "hard to read."
        ),
        causes=_("That depends on what it is. A clinician will tell you."),
        course=_(
            "That depends on what it is. A clinician looks at every case, and at one like yours "
            "soon, because nobody can be sure before that."
        ),
        treatment=_(
            "Do not treat it with strong creams, freezing or removers before you know what "
            "it is. You may be asked for sharper photos: in daylight, from about 15 cm, and one from "
            "further away that shows where it is."
        ),
        seek_help=_(
            "Tell us at once if it grows, bleeds, changes or hurts. Get emergency care for a "
            "fast spreading rash with fever, for blisters or sores in the mouth, eyes or genitals, or "
            "for skin that turns black."
        ),
        sources=("NHS: Skin conditions", "DermNet: Topics A-Z"),
    ),
}
