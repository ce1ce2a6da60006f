/** As much of the `Dockerfile` as the tests look at. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What runs when a container of a target starts. */
export interface Image {
  readonly env: Readonly<Record<string, string>>
  readonly user: string
  /** ENTRYPOINT and CMD. */
  readonly command: readonly string[]
  readonly healthcheck: readonly string[]
}

export function readDockerfile(): string {
  return readFileSync(join(import.meta.dirname, '..', '..', '..', 'Dockerfile'), 'utf8')
}

/** What it copies out of the repository. */
export function readCopiedPaths(): string[] {
  const lines = readDockerfile().matchAll(/^COPY (?!--from)(.+) \S+$/gm)
  return [...new Set([...lines].flatMap(([, paths = '']) => paths.split(' ')))]
}

const NOTHING: Image = { env: {}, user: 'root', command: [], healthcheck: [] }

/** @throws when there is no such target. */
export function readImage(target: string): Image {
  const text = readDockerfile().replaceAll(/\\\n\s*/g, '')
  const stage = text.split(/^(?=FROM )/m).find((each) => new RegExp(`^FROM \\S+ AS ${target}\n`).test(each))
  if (stage === undefined) throw new Error(`The Dockerfile has no target ${JSON.stringify(target)}.`)
  const [, parent = ''] = /^FROM (\S+)/.exec(stage) ?? []
  const inherited = parent.startsWith('$') ? NOTHING : readImage(parent)
  const words = (pattern: RegExp) => {
    const [, list] = pattern.exec(stage) ?? []
    return list === undefined ? undefined : (JSON.parse(list) as string[])
  }
  const set = [...stage.matchAll(/^ENV (.+)$/gm)].flatMap(([, line = '']) => line.split(/\s+/))
  const own = [...(words(/^ENTRYPOINT (.+)$/m) ?? []), ...(words(/^CMD (.+)$/m) ?? [])]
  return {
    env: { ...inherited.env, ...(Object.fromEntries(set.map((pair) => pair.split('='))) as Record<string, string>) },
    user: /^USER (\S+)$/m.exec(stage)?.[1] ?? inherited.user,
    command: own.length > 0 ? own : inherited.command,
    healthcheck: words(/^HEALTHCHECK .*CMD (.+)$/m) ?? inherited.healthcheck,
  }
}
