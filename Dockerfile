# Worker, beat and API: one image, three commands (docker-compose.yml).
FROM python:3.12-slim

# LightGBM needs OpenMP; everything else comes as wheels.
RUN apt-get update && apt-get install -y --no-install-recommends libgomp1 && rm -rf /var/lib/apt/lists/*

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 \
    NUMBA_CACHE_DIR=/var/lib/vitrine/numba HF_HOME=/var/lib/vitrine/models/hub
WORKDIR /srv/vitrine

COPY requirements.lock ./
RUN pip install -r requirements.lock

COPY . .
RUN pip install --no-deps . && useradd --system --uid 10001 --home-dir /var/lib/vitrine --create-home vitrine

USER vitrine
VOLUME /var/lib/vitrine
EXPOSE 8600
CMD ["uvicorn", "vitrine.api:create_app", "--factory", "--host", "0.0.0.0", "--port", "8600"]
