// `npm run example`: checks that it can run here, builds the package and the clinic, starts simulator and clinic.
// Written so that even an old Node can read it far enough to say that it is too old.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const root = dirname(here)

const version = process.versions.node.split('.').map(Number)
if (version[0] < 20 || (version[0] === 20 && version[1] < 19)) {
  stop('express-cis2 needs Node 20.19 or later; this is Node ' + process.versions.node + '.')
}

const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
if (!existsSync(join(root, 'node_modules', 'express'))) stop('The dependencies are not installed: run "npm ci" first.')
for (const tool of [compiler, join(root, 'node_modules', 'tsdown')]) {
  if (!existsSync(tool)) stop('The build tools are not installed: run "npm ci --include=dev" first.')
}

console.log('Building the package and the clinic …')
// npm tells its children where it is; that way works on every system.
const npm = process.env.npm_execpath
build(npm ? [process.execPath, npm, 'run', 'build', '--silent'] : ['npm', 'run', 'build', '--silent'], root)
build([process.execPath, compiler, '-p', join(here, 'tsconfig.build.json')], here)

await import('./dist/start.js')

function build(command, folder) {
  const result = spawnSync(command[0], command.slice(1), { cwd: folder, encoding: 'utf8' })
  if (result.status === 0) return
  console.error(result.stdout || '', result.stderr || '', result.error ? result.error.message : '')
  stop('The build failed: see above.')
}

function stop(sentence) {
  console.error(sentence)
  process.exit(1)
}
