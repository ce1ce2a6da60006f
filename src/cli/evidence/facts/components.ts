/** What is installed: a CycloneDX list, made by npm. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

import { isRecord } from '../../../primitives/is-record.js'
import type { ComponentRow } from '../report.js'

const WORDS = ['sbom', '--sbom-format', 'cyclonedx', '--omit', 'dev']
const TIMEOUT_MILLISECONDS = 20_000
const MAX_BYTES = 64 * 1024 * 1024

/**
 * Lists what is installed for production in a folder, or where npm finds that tree at fault what the lockfile says;
 * undefined when npm can say neither.
 */
export async function listComponents(folder: string): Promise<ComponentRow[] | undefined> {
  return (await askNpm(folder, [])) ?? (await askNpm(folder, ['--package-lock-only']))
}

async function askNpm(folder: string, more: readonly string[]): Promise<ComponentRow[] | undefined> {
  const { npm_execpath: npm } = process.env
  const words = [...WORDS, ...more]
  const [program, all] = npm?.endsWith('.js') === true ? [process.execPath, [npm, ...words]] : ['npm', words]
  try {
    const { stdout } = await promisify(execFile)(program, all, {
      cwd: folder,
      timeout: TIMEOUT_MILLISECONDS,
      maxBuffer: MAX_BYTES,
      shell: process.platform === 'win32',
    })
    return readComponents(JSON.parse(stdout))
  } catch {
    // Not an npm project, or an npm that is older than the command: the document says so.
    return undefined
  }
}

/** Names, versions and licences. Authors are people, and stay out. */
export function readComponents(sbom: unknown): ComponentRow[] {
  const components = isRecord(sbom) && Array.isArray(sbom.components) ? sbom.components.filter(isRecord) : []
  const rows = components.map(({ name, group, version, purl, licenses }) => ({
    name: typeof group === 'string' && group !== '' ? `${group}/${String(name)}` : String(name),
    version: String(version),
    licence: licenceOf(licenses),
    purl: typeof purl === 'string' ? purl : '',
    proof: 'run now' as const,
  }))
  const known = new Map(rows.map((row) => [`${row.name} ${row.version}`, row]))
  return [...known.values()].sort((one, other) => (one.purl < other.purl ? -1 : 1))
}

function licenceOf(licenses: unknown): string {
  const [first] = Array.isArray(licenses) ? licenses.filter(isRecord) : []
  if (typeof first?.expression === 'string') return first.expression
  const licence = isRecord(first?.license) ? first.license : {}
  return typeof licence.id === 'string' ? licence.id : typeof licence.name === 'string' ? licence.name : 'not said'
}

/** The list as a CycloneDX file. */
export function cycloneDx(components: readonly ComponentRow[], date: string): string {
  const document = {
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    version: 1,
    metadata: { timestamp: date },
    components: components.map(({ name, version, licence, purl }) => ({
      type: 'library',
      'bom-ref': purl,
      name,
      version,
      licenses: [{ expression: licence === 'not said' ? 'NOASSERTION' : licence }],
      purl,
    })),
  }
  return `${JSON.stringify(document, null, 2)}\n`
}
