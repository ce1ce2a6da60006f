# syntax=docker/dockerfile:1
# Containers of this repository; docs/deployment.md, "Containers", says which part to copy into yours.
#   docker build --target simulator -t cis2-simulator .     CIS2 for development and CI, whatever language you write
#   docker build --target application -t clinic .           an application: every setting from the environment
#   docker build --target example -t example-clinic .       that application with a key made at each start
ARG NODE_IMAGE=docker.io/library/node:24-slim

# What compiles stays here.
FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json ./
COPY example-app/package.json example-app/
RUN npm ci --no-audit --no-fund
COPY tsconfig.json tsdown.config.ts ./
COPY build build
COPY docs/asvs.md docs/conformance.md docs/security-cases.md docs/
COPY src src
COPY example-app example-app
RUN npm run build && npm run build --workspace example-app

# What runs: the lockfile's packages without what only builds and tests.
FROM ${NODE_IMAGE} AS production
WORKDIR /app
COPY package.json package-lock.json ./
# Not installed here, but it is what makes npm count the peers (express, ioredis) among what runs.
COPY example-app/package.json example-app/
# Source maps and types are for debuggers and compilers: 13 MB.
RUN npm ci --omit=dev --ignore-scripts --workspaces=false --no-audit --no-fund \
  && find node_modules -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.cts' -o -name '*.d.mts' \) -delete

FROM production AS production-application
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund \
  && find node_modules -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.cts' -o -name '*.d.mts' \) -delete

FROM ${NODE_IMAGE} AS simulator
ENV NODE_ENV=production \
    CIS2_SIMULATOR_HOST=0.0.0.0 \
    CIS2_SIMULATOR_PORT=9000
WORKDIR /app
COPY package.json ./
COPY --from=production /app/node_modules node_modules
# An optional peer, for --https alone; the version and hash are those of the lockfile.
COPY --from=build /app/node_modules/node-forge node_modules/node-forge
COPY --from=build /app/dist dist
# A volume that is mounted here belongs to whom the folder belongs to.
RUN mkdir /state && chown node:node /state
USER node
EXPOSE 9000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
  CMD ["node", "-e", "const{env}=process,s=/^(1|true)$/i.test(env.CIS2_SIMULATOR_HTTPS)?'https':'http';require(s).get(`${s}://127.0.0.1:${env.CIS2_SIMULATOR_PORT}/simulator/health`,{rejectUnauthorized:false},r=>process.exit(r.statusCode===200?0:1)).on('error',()=>process.exit(1))"]
ENTRYPOINT ["node", "dist/bin.cjs", "simulator"]

FROM ${NODE_IMAGE} AS application
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=3000
WORKDIR /app
COPY package.json ./
COPY --from=production-application /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY --from=build /app/example-app example-app
USER node
EXPOSE 3000
STOPSIGNAL SIGTERM
# Not the readiness: a restart because Redis or CIS2 is away helps nobody.
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health/live`).then(r=>process.exit(r.ok?0:1),()=>process.exit(1))"]
# No npm and no shell in between: SIGTERM reaches the process that drains.
CMD ["node", "example-app/dist/server.js"]

FROM application AS example
# A new key at every start; in production it comes from a secret store. NODE_ENV: the simulator is reached by http.
ENV NODE_ENV=development
CMD ["node", "example-app/dist/container.js"]
