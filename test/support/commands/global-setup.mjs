// Runs once before Jest's workers start: gives every test a real Redis (REDIS_URL) on a port of its own, and tells
// them where the Redis server (CIS2_REDIS_SERVER) and Chromium (CIS2_CHROMIUM) are.
import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

import { Redis } from 'ioredis'

import {
  dockerAnswers,
  findChromium,
  findOrInstallChromium,
  findOrInstallFirewall,
  findOrInstallRedis,
  findRedis,
  installNetworkTools,
  installProxies,
  missing,
} from './programs.mjs'

const root = resolve(import.meta.dirname, '../../..')
const apart = JSON.parse(readFileSync(join(root, 'test/support/jest/apart.json'), 'utf8'))
/** Undefined: that of all folders of `test/` that have none of their own. */
const command = process.env.CIS2_LONG_MINUTES === undefined ? process.env.CIS2_TESTS : 'long'

export default async function globalSetup(globalConfig) {
  const selected = selectedTestFiles(globalConfig)
  try {
    prepareChromium(selected.some((file) => file.startsWith('test/browser/')))
    if (selected.some((file) => file.startsWith('test/long/firewall'))) prepareFirewall()
    if (selected.some((file) => file.startsWith('test/long/guides'))) prepareProxies()
    // Without them, that test says itself what it needs.
    if (selected.some((file) => file.startsWith('test/long/idle-connections'))) installNetworkTools()
    if (selected.some((file) => /^test\/(package|guides|long\/guides)/.test(file))) preparePackage()
    await prepareRedis(selected.some(needsRedis))
  } catch (error) {
    // One sentence; the stack trace that Jest would add tells nobody anything.
    process.stderr.write(`${error.message}\n`)
    process.exit(1)
  }
}

/** A folder that the workers share: the package is built and packed once for all of them. */
function preparePackage() {
  process.env.CIS2_PACKAGE_FOLDER = mkdtempSync(join(tmpdir(), 'cis2-packed-'))
}

/** The commands that people type are tried with Redis as well as without; no other browser test needs one. */
function needsRedis(file) {
  return file.startsWith('test/browser/commands') || !/^test\/(unit|browser)\//.test(file)
}

/** Nothing is installed for a run that only has unit tests in it. */
async function prepareRedis(needed) {
  if (process.env.REDIS_URL) {
    // Tests that break a server start their own, and say so when there is no binary for it.
    const binary = findRedis()
    if (binary !== undefined) process.env.CIS2_REDIS_SERVER = binary
    await untilItAnswers(process.env.REDIS_URL, 5_000)
    return
  }
  const binary = needed ? findOrInstallRedis() : findRedis()
  if (binary !== undefined) {
    process.env.CIS2_REDIS_SERVER = binary
    await startRedis((port, folder) => [binary, ...redisArguments(port, '127.0.0.1'), '--dir', folder], 10_000)
  } else if (needed && dockerAnswers()) {
    // The image may have to be fetched first.
    await startRedis((port) => dockerCommand(port), 180_000)
  } else if (needed) {
    throw new Error(
      missing('a Redis server', 'redis-server', 'REDIS_URL to the address of one that tests may write to'),
    )
  }
}

function prepareChromium(needed) {
  const path = needed ? findOrInstallChromium() : findChromium()
  if (path !== undefined) process.env.CIS2_CHROMIUM = path
  else if (needed) throw new Error(missing('Chromium or Chrome', 'chromium', 'CHROME_PATH to the path of one'))
}

function prepareProxies() {
  const [lacking] = installProxies()
  if (lacking !== undefined)
    throw new Error(missing(`${lacking}, which a guide is about`, lacking, 'PATH so that it is found'))
}

function prepareFirewall() {
  const path = findOrInstallFirewall()
  if (path !== undefined) process.env.CIS2_APACHE = path
  else {
    throw new Error(
      'These tests need Apache with ModSecurity and the OWASP Core Rule Set: ' +
        'on Debian or Ubuntu, apt-get install apache2-bin libapache2-mod-security2 modsecurity-crs.',
    )
  }
}

async function startRedis(commandFor, limitMilliseconds) {
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'cis2-redis-'))
  const keeper = spawn(
    process.execPath,
    [join(import.meta.dirname, 'keeper.mjs'), '--remove', folder, ...commandFor(port, folder)],
    { stdio: ['pipe', 'ignore', 'ignore'] },
  )
  globalThis.__CIS2_REDIS_KEEPER__ = keeper
  const url = `redis://127.0.0.1:${port}`
  await untilItAnswers(url, limitMilliseconds)
  process.env.REDIS_URL = url
}

const redisArguments = (port, host) => ['--port', String(port), '--bind', host, '--save', '', '--appendonly', 'no']

const dockerCommand = (port) => {
  const publish = ['-p', `127.0.0.1:${port}:${port}`]
  return ['docker', 'run', '--rm', ...publish, 'redis:7-alpine', 'redis-server', ...redisArguments(port, '0.0.0.0')]
}

async function untilItAnswers(url, limitMilliseconds) {
  const until = Date.now() + limitMilliseconds
  const redis = new Redis(url, { connectTimeout: 1_000, commandTimeout: 1_000, retryStrategy: () => 20 })
  // Reported below, with the address.
  redis.on('error', () => {})
  try {
    for (;;) {
      try {
        await redis.ping()
        return
      } catch (error) {
        if (Date.now() > until) throw new Error(`No Redis answers at ${withoutPassword(url)}.`, { cause: error })
      }
    }
  } finally {
    redis.disconnect()
  }
}

const withoutPassword = (url) => url.replace(/\/\/[^@/]*@/, '//')

function freePort() {
  return new Promise((resolvePort) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolvePort(port))
    })
  })
}

/** The test files of this run, as Jest selects them from its command line: no words on it means all. */
function selectedTestFiles(globalConfig) {
  const patterns = (globalConfig.nonFlagArgs ?? []).map((pattern) => new RegExp(pattern, 'i'))
  return readdirSync(join(root, 'test'), { recursive: true })
    .map((file) => `test/${file.replaceAll('\\', '/')}`)
    .filter((file) => file.endsWith('.test.ts') && commandOf(file) === command)
    .filter((file) => patterns.length === 0 || patterns.some((pattern) => pattern.test(join(root, file))))
}

function commandOf(file) {
  return Object.keys(apart).find((name) => apart[name].some((folder) => file.startsWith(`test/${folder}/`)))
}
