"""The safety board: how the model does among this portal's own patients, and what watches it."""
