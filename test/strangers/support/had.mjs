// What a stranger needs of the machine: found, installed, or named as what cannot be had.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Thrown when something cannot be had; the message names it. */
export class NotHad extends Error {}

const mayInstall = process.env.CIS2_TEST_INSTALL !== '0'

function run(what, command, words, options = {}) {
  console.error(`$ ${command} ${words.join(' ')}`)
  try {
    execFileSync(command, words, { stdio: ['ignore', 'ignore', 'pipe'], ...options })
  } catch (error) {
    const [last] = String(error.stderr ?? error.message)
      .trim()
      .split('\n')
      .slice(-1)
    throw new NotHad(`${what}: ${last}`)
  }
}

function isInstalled(name) {
  try {
    const words = ['-W', '-f', '${Status}', name]
    return execFileSync('dpkg-query', words, { stdio: ['ignore', 'pipe', 'ignore'] }).includes('install ok installed')
  } catch {
    return false
  }
}

/** Debian's packages. */
export function debian(...names) {
  const missing = names.filter((name) => !isInstalled(name))
  if (missing.length === 0) return
  if (!mayInstall) throw new NotHad(`${missing.join(', ')} (Debian): not installed, and CIS2_TEST_INSTALL=0`)
  if (process.getuid?.() !== 0) throw new NotHad(`${missing.join(', ')} (Debian): not installed, and only root can`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  run('apt-get update', 'apt-get', ['update'], { env })
  run(missing.join(', '), 'apt-get', ['install', '-y', '--no-install-recommends', ...missing], { env })
}

/** PyPI's packages, in an environment of their own. Returns its Python. */
export function pypi(folder, ...names) {
  const python = join(folder, 'venv', 'bin', 'python')
  if (!mayInstall) throw new NotHad(`${names.join(', ')} (PyPI): CIS2_TEST_INSTALL=0`)
  if (!existsSync(python)) run('python3 -m venv', 'python3', ['-m', 'venv', join(folder, 'venv')])
  run(`${names.join(', ')} (PyPI)`, python, ['-m', 'pip', 'install', '--quiet', ...names])
  return python
}

/** npm's packages, in a folder of their own. */
export function npm(folder, ...names) {
  if (!mayInstall) throw new NotHad(`${names.join(', ')} (npm): CIS2_TEST_INSTALL=0`)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }')
  run(`${names.join(', ')} (npm)`, 'npm', ['install', '--no-audit', '--no-fund', ...names], { cwd: folder })
}
