# The server with folders and Subsonic. `docker build -t mcma .`; see compose.yaml for how to run it.
FROM python:3.12-slim AS build
WORKDIR /src
COPY requirements-server.txt ./
RUN python -m venv /opt/mcma \
 && /opt/mcma/bin/pip install --no-cache-dir --require-hashes -r requirements-server.txt
COPY plugins plugins
COPY core core
COPY mcma_local mcma_local
COPY mcma_subsonic mcma_subsonic
RUN /opt/mcma/bin/pip install --no-cache-dir --no-deps --no-build-isolation \
    ./plugins ./core ./mcma_local ./mcma_subsonic

FROM python:3.12-slim
RUN useradd --uid 1000 --create-home mcma && install -d -o mcma -m 0700 /data
COPY --from=build /opt/mcma /opt/mcma
ENV PATH=/opt/mcma/bin:$PATH MCMA_DATA_DIR=/data MCMA_HOST=0.0.0.0 MCMA_LOG_FORMAT=json
USER mcma
VOLUME /data
EXPOSE 6262
STOPSIGNAL SIGTERM
HEALTHCHECK --start-period=30s CMD ["python", "-c", \
    "import urllib.request; urllib.request.urlopen('http://127.0.0.1:6262/health/ready', timeout=5)"]
ENTRYPOINT ["mcma"]
CMD ["serve", "--library", "/music"]
