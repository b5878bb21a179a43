# The base has no digest here; give the one that you trust, and the whole image is fixed:
# docker build --build-arg BASE=python:3.13-slim@sha256:… .
ARG BASE=python:3.13-slim

FROM ${BASE} AS build
WORKDIR /src
COPY requirements.txt requirements-dev.txt ./
# The pip of the lock file, because one before 25.3 cannot check what the build itself needs.
RUN sed -n '/^pip==/,/[^\\]$/p' requirements-dev.txt >pip.txt \
    && pip install --no-cache-dir --require-hashes -r pip.txt \
    && python -m venv --without-pip /opt/automator \
    && pip --python /opt/automator/bin/python install --no-cache-dir --require-hashes -r requirements.txt
COPY pyproject.toml README.md LICENSE ./
COPY automator automator
COPY docs docs
COPY rules rules
COPY web web
RUN CI=true pip --python /opt/automator/bin/python install --no-cache-dir --no-deps \
    --build-constraint requirements-dev.txt --build-constraint web/node.txt .

FROM ${BASE}
RUN groupadd --system --gid 10001 automator \
    && useradd --system --uid 10001 --gid 10001 --home-dir /app --create-home automator \
    && mkdir -p -m 700 /app/data && chown automator:automator /app/data
COPY --from=build /opt/automator /opt/automator
ENV PATH=/opt/automator/bin:$PATH
# By number, so that Kubernetes can see that it is not root.
USER 10001:10001
WORKDIR /app
VOLUME /app/data
EXPOSE 8080
# SIGTERM drains: running steps are finished and recorded before the process leaves.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8080/healthz', timeout=2)"]
ENTRYPOINT ["automator"]
# A container must listen on all its addresses; which of them reach the host is the port mapping's
# decision, and compose.yaml maps the port to 127.0.0.1 alone.
CMD ["serve", "--host", "0.0.0.0", "--port", "8080", "--data", "/app/data", "--i-understand-plain-http"]
