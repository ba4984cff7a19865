# One image for every process of oaihub; the command after it says which: serve, worker, beat, harvest, …
# The same sources give the same files: the base and all packages that run are pinned, bytecode bears no time.
FROM python:3.11.15-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /src
COPY deploy/constraints.txt pyproject.toml README.md LICENSE ./
COPY harvester harvester
COPY indexer indexer
COPY search_api search_api
COPY workers workers
RUN python -m venv /opt/oaihub \
    && /opt/oaihub/bin/pip install --no-compile --constraint constraints.txt . \
    && /opt/oaihub/bin/pip uninstall --yes pip setuptools \
    && python -m compileall -q --invalidation-mode unchecked-hash /opt/oaihub/lib

FROM python:3.11.15-slim-bookworm
LABEL org.opencontainers.image.title="oaihub" \
      org.opencontainers.image.description="Harvests scholarly metadata from OAI-PMH repositories and DOI registries, and searches it by any property" \
      org.opencontainers.image.licenses="MIT"
COPY --from=build /opt/oaihub /opt/oaihub
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin oaihub \
    && install -d -o oaihub -g oaihub /data /data/archive
ENV PATH=/opt/oaihub/bin:$PATH PYTHONUNBUFFERED=1 OAIHUB_DATA_DIR=/data
USER 10001
WORKDIR /data
VOLUME /data
STOPSIGNAL SIGTERM
ENTRYPOINT ["oaihub"]
CMD ["--help"]
