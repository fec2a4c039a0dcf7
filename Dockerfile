# edgeproof as an image: docker build -t edgeproof .
# A proxy that runs already is judged from it as it is; one that edgeproof is to start needs an image of yours, made
# FROM this one, with what the proxy runs on.

FROM python:3.13-slim AS wheel
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY edgeproof edgeproof/
COPY fault_injection fault_injection/
COPY harness harness/
COPY reports reports/
COPY scenarios scenarios/
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /dist .

FROM python:3.13-slim AS venv
COPY constraints.txt /constraints.txt
COPY --from=wheel /dist /dist
# uv holds what it installs to the hashes of its constraints; pip takes none there.
RUN sed -n '/^uv==/,/[^\\]$/p' /constraints.txt > /uv.txt && \
    pip install --no-cache-dir --require-hashes -r /uv.txt && \
    python -m venv /opt/edgeproof && \
    uv pip install --no-cache --python /opt/edgeproof/bin/python --constraint /constraints.txt /dist/*.whl

FROM python:3.13-slim
RUN useradd --create-home --uid 10001 edgeproof && \
    install --directory --owner edgeproof /judged
COPY --from=venv /opt/edgeproof /opt/edgeproof
ENV PATH=/opt/edgeproof/bin:$PATH \
    PYTHONUNBUFFERED=1
USER 10001
WORKDIR /judged
ENTRYPOINT ["edgeproof"]
CMD ["run"]
