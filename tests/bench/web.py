"""What a web process costs: memory and start, beside one that had the networks inside."""

import subprocess
import time

from portal.processes import PROJECT, python
from tests.bench.table import Row
from tests.product import Template

WEB = "import portal.wsgi; from django.urls import get_resolver; get_resolver().url_patterns; "
NETWORKS = "import tensorflow; "
MEMORY = (
    "print(next(int(l.split()[1]) for l in open('/proc/self/smaps_rollup') if l[:4] == 'Pss:'))"
)


def run(template: Template) -> list[Row]:
    memory, start = cost(WEB)
    heavy_memory, heavy_start = cost(WEB + NETWORKS)
    return [
        Row("web process, memory", memory, "MiB", "with TensorFlow inside", memory / heavy_memory),
        Row("web process, start", start, "s", "with TensorFlow inside", start / heavy_start),
    ]


def cost(program: str) -> tuple[float, float]:
    """MiB and seconds of a process that loads this, the better of three starts."""
    runs = []
    for _ in range(3):
        started = time.perf_counter()
        told = subprocess.run(
            python("-c", program + MEMORY), cwd=PROJECT, capture_output=True, text=True, check=True
        )
        runs.append((int(told.stdout.split()[-1]) / 1024, time.perf_counter() - started))
    return min(memory for memory, _ in runs), min(seconds for _, seconds in runs)
