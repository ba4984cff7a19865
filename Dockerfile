# One image for every process of oaihub; the command after it says which: serve, worker, beat, harvest, …
FROM python:3.11-slim AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY harvester harvester
COPY indexer indexer
COPY search_api search_api
COPY workers workers
RUN python -m venv /opt/oaihub && /opt/oaihub/bin/pip install --no-cache-dir --disable-pip-version-check .

FROM python:3.11-slim
COPY --from=build /opt/oaihub /opt/oaihub
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin oaihub \
    && mkdir /data /data/archive && chown -R oaihub:oaihub /data
ENV PATH=/opt/oaihub/bin:$PATH PYTHONUNBUFFERED=1 OAIHUB_DATA_DIR=/data
USER oaihub
WORKDIR /data
VOLUME /data
STOPSIGNAL SIGTERM
ENTRYPOINT ["oaihub"]
CMD ["--help"]
