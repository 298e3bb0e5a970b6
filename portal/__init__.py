"""The platform: who you are, what is recorded, how things start."""
