# Three images: `build` compiles, `service` runs the services and holds the program and the
# few libraries that it needs and nothing else, `tools` adds PostgreSQL's programs (backups)
# and pip (models) to it.

FROM node:22-bookworm-slim AS web
WORKDIR /src/web
COPY web/package.json web/package-lock.json ./
RUN npm ci --no-progress
COPY web ./
RUN npm run --silent build

FROM rust:1.94-bookworm AS build
WORKDIR /src
COPY Cargo.toml Cargo.lock ./
COPY bench ./bench
COPY crates ./crates
COPY data ./data
COPY --from=web /src/web/dist ./web/dist
COPY web/openapi.json ./web/openapi.json
ENV RUSTFLAGS="--remap-path-prefix=/src=robotoff --remap-path-prefix=/usr/local/cargo=cargo"
RUN cargo build --release --locked -p robotoff --features mongo
RUN strip -o /usr/local/bin/robotoff target/release/robotoff

# The root of the small image: libraries, certificates, time zones are not needed (UTC), a
# user, folders that volumes are mounted on.
FROM debian:bookworm-slim AS root
RUN apt-get update -q && apt-get install -y -q --no-install-recommends ca-certificates libstdc++6
RUN mkdir -p /rootfs/etc/ssl/certs /rootfs/usr/local/bin /rootfs/tmp /rootfs/data /rootfs/models
RUN for file in libc.so.6 libm.so.6 libdl.so.2 librt.so.1 libpthread.so.0 libgcc_s.so.1 libstdc++.so.6 ld-linux-x86-64.so.2 ld-linux-aarch64.so.1 libnss_dns.so.2 libnss_files.so.2 libresolv.so.2; do for found in /lib/*-linux-gnu/$file /lib64/$file; do if [ -e "$found" ]; then mkdir -p "/rootfs$(dirname "$found")" && cp -L "$found" "/rootfs$found"; fi; done; done
RUN cp /etc/ssl/certs/ca-certificates.crt /rootfs/etc/ssl/certs/
RUN echo 'robotoff:x:10001:10001::/tmp:/sbin/nologin' >/rootfs/etc/passwd && echo 'robotoff:x:10001:' >/rootfs/etc/group && echo 'hosts: files dns' >/rootfs/etc/nsswitch.conf
RUN chown -R 10001:10001 /rootfs/data /rootfs/models && chmod 1777 /rootfs/tmp
COPY --from=build /usr/local/bin/robotoff /rootfs/usr/local/bin/robotoff

FROM scratch AS service
COPY --from=root /rootfs /
ENV PATH=/usr/local/bin LISTEN=0.0.0.0:5500 LOG_FORMAT=json DATA_FOLDER=/data MODELS_DIR=/models STATE_DIR=/tmp HOME=/tmp
WORKDIR /tmp
USER 10001:10001
EXPOSE 5500
VOLUME ["/data", "/models"]
HEALTHCHECK --interval=10s --timeout=10s --retries=6 --start-period=60s CMD ["robotoff", "health"]
ENTRYPOINT ["robotoff"]
CMD ["api"]

FROM postgres:16-bookworm AS tools
RUN apt-get update -q && apt-get install -y -q --no-install-recommends ca-certificates libstdc++6 python3-pip && rm -rf /var/lib/apt/lists
COPY --from=build /usr/local/bin/robotoff /usr/local/bin/robotoff
RUN mkdir -p /data /models /backup && chown 10001:10001 /data /models /backup
ENV LOG_FORMAT=json DATA_FOLDER=/data MODELS_DIR=/models STATE_DIR=/tmp HOME=/tmp
WORKDIR /tmp
USER 10001:10001
ENTRYPOINT ["robotoff"]
CMD ["ps"]
