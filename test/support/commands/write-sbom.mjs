// npm run sbom: a CycloneDX list of what is installed with the package, of the versions that it was tested with. `npm sbom`
// leaves most of it out where there are workspaces, so it is asked in a folder that has none.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '../../..')
const readJson = (file) => JSON.parse(readFileSync(join(root, file), 'utf8'))
const { name, version, license, dependencies, peerDependencies, peerDependenciesMeta } = readJson('package.json')
const lock = readJson('package-lock.json')

// Whoever installs the package installs these beside it.
const peers = Object.entries(peerDependencies).filter(([peer]) => peerDependenciesMeta[peer]?.optional !== true)
const own = { name, version, license, dependencies: { ...dependencies, ...Object.fromEntries(peers) } }
const packages = { '': own, ...runningPackages() }

const folder = mkdtempSync(join(tmpdir(), 'cis2-sbom-'))
try {
  // npm calls it by its folder.
  const place = join(folder, name)
  mkdirSync(place)
  writeFileSync(join(place, 'package.json'), JSON.stringify(own))
  writeFileSync(join(place, 'package-lock.json'), JSON.stringify({ ...lock, name, version, packages }))
  const words = ['sbom', '--sbom-format', 'cyclonedx', '--sbom-type', 'library', '--package-lock-only']
  const { status } = spawnSync('npm', words, { cwd: place, stdio: ['ignore', 'inherit', 'inherit'] })
  process.exitCode = status ?? 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** What can be reached from the package, by the places where Node.js looks. */
function runningPackages() {
  const found = {}
  const open = Object.keys(own.dependencies).map((each) => ['', each])
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const path = placeOf(...next)
    if (path === undefined || found[path] !== undefined) continue
    // Here they run, whatever they are to the repository.
    const entry = { ...lock.packages[path], dev: undefined, devOptional: undefined, peer: undefined }
    found[path] = entry
    for (const each of Object.keys({ ...entry.dependencies, ...entry.optionalDependencies })) open.push([path, each])
  }
  return found
}

function placeOf(from, wanted) {
  for (let at = from; ; at = at.slice(0, Math.max(0, at.lastIndexOf('node_modules/') - 1))) {
    const path = at === '' ? `node_modules/${wanted}` : `${at}/node_modules/${wanted}`
    if (lock.packages[path] !== undefined) return path
    if (at === '') return undefined
  }
}
