"""How a language writes days where Django's own way is not ours; the others keep Django's."""
