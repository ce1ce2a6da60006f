/** `require` of what ships ES modules only. */
import { readFileSync } from 'node:fs'

/** The packages that `carried.ts` has, and the module that it becomes. */
export const ES_MODULES_ONLY = ['jose', 'openid-client'] as const
export const CARRIED = 'carried'

const REQUIRED = new RegExp(`\\b(?:const|let|var) (\\w+) = require\\("(${ES_MODULES_ONLY.join('|')})"\\);`, 'g')

/**
 * Node 20.19 and later require them, from what npm has installed, so that updates of them reach everybody. Who cannot,
 * such as Jest on Node 20, gets what this package carries.
 */
export const requireEsModules = {
  name: 'require-es-modules',
  renderChunk: (code: string) =>
    code.replaceAll(
      REQUIRED,
      `let $1; try { $1 = require("$2") } catch (error) { $1 = require("./${CARRIED}.cjs").carriedFor("$2", error) }`,
    ),
}

/** A chunk of a bundle, as far as it matters here. */
interface Carrier {
  readonly moduleIds: readonly string[]
}

/** Says in a chunk which packages, and which versions of them, it carries. */
export function carriedBy({ moduleIds }: Carrier): string {
  const folders = new Set(
    moduleIds.flatMap((id) => /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/.exec(id)?.[0] ?? []),
  )
  const names = [...folders].map((folder) => {
    const { name, version } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8')) as Named
    return `${name} ${version}`
  })
  return names.length === 0 ? '' : `/*! carries ${names.sort().join(', ')} */\n`
}

interface Named {
  readonly name: string
  readonly version: string
}
