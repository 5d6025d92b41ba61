# One image for web server and worker. Build behind a mirror with: --build-arg BASE_IMAGE=…
ARG BASE_IMAGE=python:3.11-slim-bookworm

FROM ${BASE_IMAGE} AS build
COPY requirements/base.lock /requirements/base.lock
RUN python -m venv /venv \
    && /venv/bin/python -m pip install --no-cache-dir --disable-pip-version-check --require-hashes --no-deps -r /requirements/base.lock

FROM ${BASE_IMAGE}
LABEL org.opencontainers.image.title="disaster-information-system" org.opencontainers.image.licenses="MIT"
ENV PATH="/venv/bin:$PATH" \
    PYTHONPATH="/app" \
    PYTHONDONTWRITEBYTECODE="1" \
    PYTHONUNBUFFERED="1" \
    DISASTER_DATA_DIR="/data"
# The font of certificates, with every letter of 文字情報基盤.
RUN apt-get update -q && apt-get install -y -q --no-install-recommends fonts-ipamj-mincho && rm -rf /var/lib/apt/lists/*
COPY --from=build /venv /venv
COPY . /app
# The data folder is the only place that is written to (and /tmp): run it with --read-only --tmpfs /tmp and a volume for /data.
RUN mkdir -m 0700 /data && chown 10001:10001 /data
WORKDIR /app
USER 10001:10001
VOLUME ["/data"]
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health', timeout=4)"]
# Before the first start: python -m disaster.cli keys, then python -m disaster.cli db upgrade.
# The worker is the same image with: python -m disaster.cli worker
CMD ["python", "-m", "gunicorn", "--config", "gunicorn.conf.py", "--bind", "0.0.0.0:8000", "disaster.wsgi:app"]
