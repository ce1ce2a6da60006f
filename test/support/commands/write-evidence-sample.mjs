// npm run evidence-sample: makes the sample in docs/evidence.md anew, from the example clinic.
// With `--check evidence.json`: says whether the sample is what that report of the clinic says; `--from`: takes that one.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

import { format, resolveConfig } from 'prettier'

const BEGINS = '<!-- made by npm run evidence-sample -->'
const ENDS = '<!-- end of the sample -->'

const root = resolve(import.meta.dirname, '../../..')
const page = join(root, 'docs/evidence.md')
const [flag, file] = process.argv.slice(2)

const before = readFileSync(page, 'utf8')
const after = await withSample(before, file === undefined ? makeReport() : readReport(file))
if (flag !== '--check') writeFileSync(page, after)
else if (before !== after) {
  console.log('stale: docs/evidence.md (npm run evidence-sample)')
  process.exitCode = 1
}

function readReport(path) {
  return JSON.parse(readFileSync(path, 'utf8'))
}

function makeReport() {
  const folder = mkdtempSync(join(tmpdir(), 'cis2-evidence-'))
  const clinic = join(root, 'example-app/dist/evidence.js')
  run('npm', ['run', 'build', '--silent'])
  run('npm', ['run', 'build', '--silent', '--workspace', 'example-app'])
  run(process.execPath, [
    ...[join(root, 'dist/bin.cjs'), 'evidence', '--config', clinic, '--module', clinic],
    ...['--protect', '/patients', '--protect', '/patients/1/prescribe', '--no-doctor', '--out', folder],
  ])
  const report = readReport(join(folder, 'evidence.json'))
  rmSync(folder, { recursive: true })
  return report
}

function run(program, words) {
  const { status, stdout, stderr } = spawnSync(program, words, { cwd: root, encoding: 'utf8' })
  if (status === 0) return
  console.error(`${stdout}${stderr}`)
  process.exit(1)
}

async function withSample(text, report) {
  const [head, tail] = [text.slice(0, text.indexOf(BEGINS) + BEGINS.length), text.slice(text.indexOf(ENDS))]
  const made = `${head}\n\n${sampleOf(report)}\n\n${tail}`
  return format(made, { ...(await resolveConfig(page)), filepath: page })
}

/** Requirements, tests and attacks, without what one run alone has: times. */
function sampleOf({ requirements, tests, securityCases }) {
  const met = { true: 'met', false: 'not met', null: 'not shown here' }
  const result = { true: 'passed', false: 'failed', null: 'not run' }
  return [
    'Requirements:',
    list(requirements.map((row) => `**${row.id}**: ${met[row.met]} (${row.proof}). ${row.detail}`)),
    'Negative tests, each with its answer and what the audit stream said:',
    list(
      tests.map(({ name, passed, answer, event }) => `${name}: ${result[passed]}. ${answer}; ${event || 'no event'}.`),
    ),
    'Attacks that the package has tests of, by group:',
    list(securityCases.map(({ group, count, untested }) => `${group}: ${count} tested; ${reasonsOf(untested)}.`)),
  ].join('\n\n')
}

function reasonsOf(untested) {
  return untested.length === 0
    ? 'no other'
    : `with a reason in place of a test: ${untested.map(({ cases }) => cases).join(', ')}`
}

function list(rows) {
  return rows.map((row) => `- ${row.replaceAll(/[|_<]/g, '\\$&')}`).join('\n')
}
