"""Photo bytes in, calibrated and explained prediction out. Knows nothing of the portal."""
