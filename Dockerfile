# The image of web, worker and bootstrap. docker-compose.yml shows how they stand together.
FROM python:3.13-slim-trixie AS base
ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 PATH=/opt/venv/bin:$PATH
WORKDIR /app

FROM base AS packages
COPY requirements.txt .
RUN python -m venv /opt/venv \
    && pip install --no-cache-dir --disable-pip-version-check --require-hashes --only-binary :all: -r requirements.txt

FROM base
# Pango shapes the text of the PDF forms
RUN apt-get update \
    && apt-get install -y --no-install-recommends libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --user-group --no-create-home --home-dir /nonexistent botkyrka \
    && install -d -o botkyrka -g botkyrka /srv/media
COPY --from=packages /opt/venv /opt/venv
COPY . .
# the key of this one command signs nothing; the real one is a secret that the image never sees
RUN SECRET_KEY=used-only-while-collecting-static-files-in-the-build ALLOWED_HOSTS=localhost \
    BASE_URL=https://localhost DATABASE_URL=sqlite://:memory: MAIL_URL=smtp://localhost MAIL_FROM=x@localhost \
    MUNICIPALITY_EMAIL=x@localhost MUNICIPALITY_PHONE=0 MUNICIPALITY_ADDRESS=x MUNICIPALITY_DPO_EMAIL=x@localhost \
    python manage.py collectstatic --noinput
ENV MEDIA_ROOT=/srv/media PORT=8000 HOME=/tmp
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s CMD ["python", ".deploy/healthcheck.py"]
CMD ["gunicorn", "--config", ".deploy/gunicorn.conf.py", "botkyrka_civil.wsgi"]
