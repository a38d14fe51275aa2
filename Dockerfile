# docker build --build-arg PLUGINS="local subsonic" -t mcma .   See compose.yaml for how to run it.
FROM python:3.12-slim AS build
ARG PLUGINS="local subsonic"
COPY . /src
RUN /src/docker/install /opt/mcma "$PLUGINS"
RUN install -d -m 0700 /empty

FROM python:3.12-slim
COPY --from=build /opt/mcma /opt/mcma
COPY --from=build --chown=1000:1000 /empty /data
ENV PATH=/opt/mcma/bin:$PATH HOME=/tmp MCMA_DATA_DIR=/data MCMA_HOST=0.0.0.0 MCMA_LOG_FORMAT=json
WORKDIR /
USER 1000:1000
VOLUME /data
EXPOSE 6262
STOPSIGNAL SIGTERM
HEALTHCHECK --start-period=30s CMD ["mcma", "health"]
ENTRYPOINT ["mcma"]
CMD ["serve", "--library", "/music"]
