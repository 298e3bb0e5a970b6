"""What took a photo, by the make and model in its notes: one of a few words of ours, so that
nothing of a stranger's text is kept."""

_MAKERS = {  # how the make in EXIF begins -> what it makes
    "dermatoscope": ("FotoFinder", "DermLite", "3Gen", "HEINE", "Canfield"),
    "phone": (
        *("Apple", "Samsung", "Google", "Xiaomi", "Huawei", "OnePlus", "Motorola", "Nokia", "HMD"),
        *("OPPO", "vivo", "HONOR", "realme", "LG", "Fairphone", "Sony", "Nothing", "ASUS"),
    ),
    "camera": ("Canon", "Nikon", "Olympus", "Fujifilm", "Panasonic", "Ricoh", "Pentax", "Leica"),
}
UNKNOWN = "unknown"


def device_of(make: str, model: str) -> str:
    """Kind and make, such as "phone: Apple", or "unknown"."""
    make, model = make.strip().lower(), model.strip().lower()
    for kind, names in _MAKERS.items():
        for name in names:
            if make.startswith(name.lower()):
                if name == "Apple" and model.startswith("ipad"):
                    kind = "tablet"
                elif name == "Sony" and model.startswith(("ilce", "dsc")):
                    kind = "camera"
                return f"{kind}: {name}"
    return UNKNOWN
