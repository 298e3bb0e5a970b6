"""How the web server runs: `gunicorn --config python:portal.gunicorn portal.wsgi`."""

import os

from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

bind = f"{settings.HOST}:{settings.PORT}"
workers = settings.WEB_WORKERS
worker_class = "gthread"
threads = settings.WEB_THREADS
preload_app = True  # imported once, shared by the workers; nothing opens a connection on import
timeout = 60
graceful_timeout = 25  # requests in flight may finish after SIGTERM
keepalive = 75  # longer than nginx keeps its side, so that nginx closes first
# Memory: a heartbeat must not wait for a disk.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108
control_socket_disable = True
loglevel = "info"
