// Finds the programs the tests need beside Node: a Redis server and a Chromium. What is missing is installed from
// Debian's packages where that is possible and allowed; otherwise one sentence says what to do.
import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'

const INSTALL_LIMIT_MILLISECONDS = 300_000

/** The absolute path of the first of these programs that is on the path. */
export function findProgram(names) {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '')
  for (const name of names) {
    for (const folder of folders) {
      const candidate = resolve(folder, name)
      if (isExecutable(candidate)) return candidate
    }
  }
  return undefined
}

/** Finds a Redis server's binary, or the one that `CIS2_REDIS_SERVER` names. Undefined when there is none. */
export function findRedis() {
  const given = process.env.CIS2_REDIS_SERVER
  if (given) {
    if (isExecutable(given)) return resolve(given)
    throw new Error(`CIS2_REDIS_SERVER is ${given}, which cannot be run.`)
  }
  const server = findProgram(['redis-server', 'valkey-server'])
  if (server !== undefined) return server
  // Debian's `redis-tools` holds the server's binary under this name.
  const sameBinary = findProgram(['redis-check-rdb'])
  return sameBinary === undefined ? undefined : linkAs('redis-server', sameBinary)
}

/** Finds a Redis server's binary, or installs one. Undefined when that is not possible here. */
export function findOrInstallRedis() {
  const found = findRedis()
  if (found !== undefined || !canInstall()) return found
  // Not the package `redis-server`: that one starts a service on port 6379, which is not for tests to do.
  return install('redis-tools') ? findRedis() : undefined
}

/** Finds Chromium or Chrome without installing anything. */
export function findChromium() {
  if (process.env.CHROME_PATH) return isExecutable(process.env.CHROME_PATH) ? process.env.CHROME_PATH : undefined
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome']
  const macOs = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'
  return findProgram(names) ?? (isExecutable(macOs) ? macOs : undefined)
}

/** Finds Chromium or Chrome, or installs one. */
export function findOrInstallChromium() {
  const found = findChromium()
  if (found !== undefined || process.env.CHROME_PATH || !canInstall()) return found
  return install('chromium') ? findChromium() : undefined
}

/** Apache with ModSecurity and the OWASP Core Rule Set, as Debian packs them. */
const FIREWALL = {
  program: 'apache2',
  files: ['/usr/lib/apache2/modules/mod_security2.so', '/usr/share/modsecurity-crs/rules'],
  packages: ['apache2-bin', 'libapache2-mod-security2', 'modsecurity-crs'],
}

/** Finds the web application firewall, or installs it. Undefined when that is not possible here. */
export function findOrInstallFirewall() {
  const found = findFirewall()
  if (found !== undefined || !canInstall()) return found
  return install(...FIREWALL.packages) ? findFirewall() : undefined
}

function findFirewall() {
  return FIREWALL.files.every(existsSync) ? findProgram([FIREWALL.program]) : undefined
}

/** Servers that stand before an application in the guides, by name, with what Debian calls their packages. */
const PROXIES = [
  { programs: ['nginx'], packageName: 'nginx-light' },
  { programs: ['apache2', 'httpd'], packageName: 'apache2-bin' },
]

/** What makes a network of its own, and drops what passes through it. */
const NETWORK_TOOLS = [
  { programs: ['ip'], packageName: 'iproute2' },
  { programs: ['iptables'], packageName: 'iptables' },
]

/** Finds the proxies of the guides, or installs them. Returns the names of those that are not to be had here. */
export function installProxies() {
  return installThose(PROXIES)
}

/** The same of the tools for a network. */
export function installNetworkTools() {
  return installThose(NETWORK_TOOLS)
}

function installThose(wanted) {
  const lacks = ({ programs }) => findProgram(programs) === undefined
  return wanted
    .filter(lacks)
    .filter((one) => !(canInstall() && install(one.packageName)) || lacks(one))
    .map(({ programs: [name] }) => name)
}

/** Whether a Docker engine answers; the client alone is no use. */
export function dockerAnswers() {
  const docker = findProgram(['docker'])
  if (docker === undefined) return false
  return spawnSync(docker, ['info'], { stdio: 'ignore', timeout: 5_000 }).status === 0
}

/** What to tell somebody whose machine lacks a program. */
export function missing(what, packageName, variable) {
  const where =
    process.platform === 'win32'
      ? 'run the tests in WSL 2 or a container'
      : process.platform === 'darwin'
        ? `install one (for example with Homebrew: brew install ${packageName === 'redis-server' ? 'redis' : packageName})`
        : `install one (Debian, Ubuntu: apt-get install ${packageName})`
  return `These tests need ${what}: ${where}, or set ${variable}.`
}

function canInstall() {
  return process.env.CIS2_TEST_INSTALL !== '0' && process.getuid?.() === 0 && findProgram(['apt-get']) !== undefined
}

function install(...packageNames) {
  const waitForLock = ['-o', 'DPkg::Lock::Timeout=120']
  return (
    run(['apt-get', 'update', '-qq', ...waitForLock]) &&
    run(['apt-get', 'install', '-y', '-qq', '--no-install-recommends', ...waitForLock, ...packageNames])
  )
}

function run([program, ...programArguments]) {
  process.stderr.write(`$ ${[program, ...programArguments].join(' ')}\n`)
  const result = spawnSync(program, programArguments, {
    // At that run level Debian starts no service of what it installs.
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' },
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: INSTALL_LIMIT_MILLISECONDS,
    encoding: 'utf8',
  })
  if (result.status === 0) return true
  process.stderr.write(result.error ? `${result.error.message}\n` : result.stderr)
  return false
}

/** The Redis binary decides by its own name whether it is the server. */
function linkAs(name, binary) {
  const folder = resolve(import.meta.dirname, '../../../node_modules/.cache/express-cis2')
  mkdirSync(folder, { recursive: true })
  const link = join(folder, name)
  rmSync(link, { force: true })
  symlinkSync(binary, link)
  return link
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
