# crossgrant as a container: built with its tools, run without them, as a user without rights, on a read-only file system.
#
#   docker build -t crossgrant .
#   docker run --read-only --tmpfs /tmp -p 8700:8700 -v ./acme:/etc/crossgrant:ro -v crossgrant:/data \
#     -e CROSSGRANT_KEY crossgrant
#
# In crossgrant.yaml: listen.address 0.0.0.0, store sqlite:/data/crossgrant.db, and `admin: {}` for the health check.

FROM node:24-bookworm AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json ./
COPY src src
RUN npm run build && npm prune --omit=dev

FROM node:24-bookworm-slim
ENV NODE_ENV=production CROSSGRANT_CONFIG=/etc/crossgrant/crossgrant.yaml
WORKDIR /app
COPY package.json LICENSE README.md ./
COPY migrations migrations
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
# A volume takes the owner of the folder it is mounted on.
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 8700 8701
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s CMD ["node", "-e", "fetch('http://127.0.0.1:8701/healthz').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "dist/main.js"]
CMD ["serve"]
