# syntax=docker/dockerfile:1

FROM python:3.13-slim AS build
WORKDIR /src
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY src ./src
# The dashboard is built on the way, with a Node that pip fetches for that alone.
COPY web ./web
# Without pip in the environment: what runs has no use for it.
RUN python -m venv --without-pip /opt/bloop \
 && pip --python /opt/bloop/bin/python install --no-cache-dir --disable-pip-version-check -c constraints.txt .

FROM python:3.13-slim
LABEL org.opencontainers.image.title="bloop" \
      org.opencontainers.image.description="Self-hosted server for error events" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN groupadd --system --gid 10001 bloop \
 && useradd --system --uid 10001 --gid bloop --home-dir /data --no-create-home --shell /usr/sbin/nologin bloop \
 && install --directory --owner=bloop --group=bloop --mode=0700 /data
COPY --from=build /opt/bloop /opt/bloop
ENV PATH="/opt/bloop/bin:$PATH" \
    PYTHONDONTWRITEBYTECODE=1 \
    BLOOP__DATABASE__PATH=/data/bloop.db
# By number, so that an orchestrator can see that it is not root.
USER 10001:10001
# A config.toml in the volume is read; settings in the environment beat it.
WORKDIR /data
VOLUME /data
EXPOSE 5332
STOPSIGNAL SIGTERM
# An upgrade may copy the whole database before it listens.
HEALTHCHECK --interval=10s --timeout=6s --start-period=2m --retries=3 CMD ["bloop", "health"]
ENTRYPOINT ["bloop"]
CMD ["serve"]
