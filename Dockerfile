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
# A constraint of pip has neither hashes nor extras.
RUN sed -E '/^[ #]/d; s/\[[^]]*\]//; s/ \\$//' /constraints.txt > /pins.txt && \
    python -m venv /opt/edgeproof && \
    /opt/edgeproof/bin/pip install --no-cache-dir --constraint /pins.txt /dist/*.whl

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
