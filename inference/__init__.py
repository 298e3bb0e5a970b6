"""Photo bytes in, calibrated and explained prediction out. Knows nothing of the portal."""

import os

# Numpy’s own threads would spin on the cores that the network uses; its products here are small.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
