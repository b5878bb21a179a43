FROM python:3.13-slim AS build
WORKDIR /src
COPY pyproject.toml README.md ./
COPY automator automator
COPY rules rules
COPY web web
RUN pip wheel --no-cache-dir --wheel-dir /wheels ".[postgresql,traces]"

FROM python:3.13-slim
RUN useradd --system --uid 10001 --home-dir /app --create-home automator \
    && mkdir -p -m 700 /app/data && chown automator /app/data
COPY --from=build /wheels /wheels
RUN pip install --no-cache-dir --no-index --find-links /wheels "automator[postgresql,traces]" && rm -rf /wheels
USER automator
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
