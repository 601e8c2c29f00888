# One image; web, worker and clock differ by their command (docs/operations.md).
FROM python:3.11-slim AS build
WORKDIR /app
COPY requirements-installer.txt requirements.txt ./
RUN python -m venv /venv \
 && /venv/bin/pip install --no-cache-dir --require-hashes -r requirements-installer.txt \
 && VIRTUAL_ENV=/venv /venv/bin/uv pip install --no-cache --require-hashes -r requirements.txt

FROM python:3.11-slim
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    ENVIRONMENT=production STATIC_ROOT=/srv/static MEDIA_ROOT=/srv/media MARKET_VAR=/srv/var
RUN useradd --system --create-home --home-dir /srv market \
 && install -d -o market /srv/static /srv/media /srv/var
COPY --from=build /venv /venv
WORKDIR /app
COPY . .
# Translations and fingerprinted static files belong to the image. Nothing is asked of a database here.
RUN python -m marketplace.translations \
 && ENVIRONMENT=development STATIC_MANIFEST=1 DATABASE_URL=postgresql://build@localhost/build \
    REDIS_URL=redis://localhost python manage.py collectstatic --noinput
USER market
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
  CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/health/live', timeout=4)"]
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", \
     "--blocking-threads", "8", "--no-ws", "marketplace.wsgi:application"]
