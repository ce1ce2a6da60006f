// npm run test:strangers [-- names]: other people's clients against the simulator. See README.md.
import { spawn, spawnSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

import { openBrowser } from './support/browser.mjs'
import { NotHad } from './support/had.mjs'
import { STRANGERS } from './strangers.mjs'

const NURSE = '555000000101'
const root = resolve(import.meta.dirname, '../..')
const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !STRANGERS.some((stranger) => stranger.name === name))
if (unknown.length > 0) {
  console.error(`Nobody is called ${unknown.join(', ')}. There are: ${STRANGERS.map(({ name }) => name).join(', ')}`)
  process.exit(2)
}

const build = spawnSync('npm', ['run', 'build', '--silent'], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] })
if (build.status !== 0) process.exit(1)
const { startSimulator } = await import(join(root, 'dist/simulator.js'))

const folder = mkdtempSync(join(tmpdir(), 'cis2-strangers-'))
// Apache's workers, who are nobody in particular, read their pages and the certificate there.
spawnSync('chmod', ['755', folder])
const results = []
try {
  for (const stranger of STRANGERS) {
    if (wanted.length > 0 && !wanted.includes(stranger.name)) continue
    const result = await meet(stranger).catch((error) => ({
      outcome: error instanceof NotHad ? 'not had' : 'FAILED',
      detail: error.message,
    }))
    results.push(result)
    console.log(`${stranger.name.padEnd(18)}${result.outcome.padEnd(10)}${result.detail}`)
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
process.exitCode = results.every(({ outcome }) => outcome === 'ok') ? 0 : 1

async function meet(stranger) {
  const own = join(folder, stranger.name)
  mkdirSync(own)
  const had = stranger.prepare(own)
  const [port, { privateKey, publicKey }] = [await freePort(), generateKeyPairSync('rsa', { modulusLength: 2048 })]
  const base = `http://127.0.0.1:${port}`
  const withKey = stranger.method === 'private_key_jwt'
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'a-key', use: 'sig' }
  const client = {
    clientId: 'a-stranger',
    tokenEndpointAuthMethod: stranger.method,
    redirectUris: [`${base}${stranger.callback}`],
    backChannelLogoutUri: `${base}${stranger.logout}`,
    ...(withKey ? { jwks: { keys: [jwk] } } : { clientSecret: 'a-secret' }),
  }
  const simulator = await startSimulator({ https: true, clients: [client] })
  writeFileSync(join(own, 'ca.pem'), simulator.certificate)
  writeFileSync(join(own, 'key.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }))
  const [program, words] = stranger.start({ folder: own, had })
  const app = startApp(program, words, {
    PORT: String(port),
    ISSUER: simulator.issuer,
    CLIENT_ID: client.clientId,
    CLIENT_SECRET: 'a-secret',
    KEY_FILE: join(own, 'key.pem'),
    KID: 'a-key',
    CA_FILE: join(own, 'ca.pem'),
    METHOD: stranger.method,
    FOLDER: own,
    MODULES: '/usr/lib/apache2/modules',
    // How each language is told whom to trust.
    SSL_CERT_FILE: join(own, 'ca.pem'),
    REQUESTS_CA_BUNDLE: join(own, 'ca.pem'),
    NODE_EXTRA_CA_CERTS: join(own, 'ca.pem'),
  })
  try {
    await answers(base, app)
    return await journey(stranger, base, simulator)
  } catch (error) {
    error.message += `\n${lastLines(app.output())}\n${lastLines(readIfThere(join(own, 'error.log')))}`
    throw error
  } finally {
    await app.stop()
    await simulator.stop()
  }
}

async function journey(stranger, base, simulator) {
  const browser = openBrowser(simulator.certificate)
  simulator.nextSignIn({ user: NURSE })
  const landed = await stranger.signIn(browser, base)
  if (stranger.refused) {
    const why = simulator.requests.findLast(({ refusal }) => refusal !== undefined)?.refusal ?? 'nothing'
    if (!stranger.refused.test(why)) throw new Error(`refused for another reason, or not at all: ${why}`)
    return { outcome: 'ok', detail: `refused, as it has to be: ${why}` }
  }
  const sub = await stranger.whoAmI(browser, base)
  if (sub !== NURSE) {
    const why = simulator.requests.findLast(({ refusal }) => refusal !== undefined)?.refusal ?? 'it refused nothing'
    throw new Error(`nobody is signed in: ${landed.status} ${landed.text.slice(0, 300)}\nthe simulator: ${why}`)
  }
  const [delivery] = await simulator.removeSmartcard(NURSE)
  if (![200, 204].includes(delivery?.status)) throw new Error(`logout token: ${JSON.stringify(delivery)}`)
  if ((await stranger.whoAmI(browser, base)) !== undefined) throw new Error('the session lives after the logout token')
  return { outcome: 'ok', detail: `signed in with ${stranger.method}, signed out by a logout token` }
}

function lastLines(text) {
  return text.trim().split('\n').slice(-12).join('\n')
}

function readIfThere(path) {
  return existsSync(path) ? readFileSync(path, 'utf8') : ''
}

function startApp(program, words, env) {
  const child = spawn(program, words, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => (output += text))
  }
  child.on('error', (error) => (output += error.message))
  return {
    isGone: () => child.exitCode !== null || child.signalCode !== null || child.pid === undefined,
    output: () => output,
    async stop() {
      if (this.isGone()) return
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      await Promise.race([ended, pause(5_000).then(() => child.kill('SIGKILL'))])
    },
  }
}

/** Waits until the application answers anything at all. */
async function answers(base, app) {
  for (let tries = 0; tries < 300; tries += 1) {
    if (app.isGone()) throw new Error('it did not start')
    if (
      await fetch(`${base}/me`).then(
        () => true,
        () => false,
      )
    )
      return
    await pause(200)
  }
  throw new Error('it did not answer within a minute')
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  return port
}
