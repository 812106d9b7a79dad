# The image of mcp-assist: built in a full Debian, run in a slim one that holds the program, the libraries it needs and
# nothing to build or install with left over. README.md (Docker) and docs/deployment.md tell how to run it.
ARG BASE=debian:bookworm-slim

FROM ${BASE} AS build
WORKDIR /src
# The packages first: they change less often than the sources, so this step is seldom done again.
COPY scripts/packages scripts/install-packages scripts/
RUN scripts/install-packages build
COPY . .
RUN cmake --preset release && ninja -C build/release mcp-assist \
    && install -D --strip build/release/mcp-assist /out/usr/local/bin/mcp-assist \
    && install -d /out/usr/local/share/mcp-assist \
    && { scripts/runtime-packages /out/usr/local/bin/mcp-assist; echo ca-certificates; } \
        > /out/usr/local/share/mcp-assist/packages

FROM ${BASE}
LABEL org.opencontainers.image.title="mcp-assistance-informatique" \
    org.opencontainers.image.description="Model Context Protocol server for IT support: twelve tools that look at a Linux machine and its network" \
    org.opencontainers.image.licenses="MIT" \
    org.opencontainers.image.documentation="README.md"
COPY --from=build /out/ /
# A library may be there in a newer version already; su, mount and their like need no privileges in here.
RUN apt-get update \
    && xargs -a /usr/local/share/mcp-assist/packages env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y --no-install-recommends \
    && groupadd --gid 10001 mcp-assist \
    && useradd --uid 10001 --gid 10001 --no-log-init --no-create-home --home-dir /app --shell /usr/sbin/nologin mcp-assist \
    && install -d -o 10001 -g 10001 -m 750 /app/data \
    && install -d /app/config \
    && find / -xdev -type f -perm /6000 -exec chmod a-s {} + \
    && apt-get clean \
    && find /var/cache /var/log /var/lib/apt/lists /tmp /var/tmp -mindepth 1 -type f -delete \
    && rm -f /var/lib/dpkg/*-old /etc/*- 
WORKDIR /app
ENV LANG=C.UTF-8 \
    MCP_ASSIST_CONFIG=/app/config \
    MCP_ASSIST_DATA_DIR=/app/data
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=10s --retries=3 CMD ["mcp-assist", "health"]
ENTRYPOINT ["mcp-assist"]
CMD ["serve"]
