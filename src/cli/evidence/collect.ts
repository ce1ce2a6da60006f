/** Gathers everything: runs the tests, asks the doctor, reads the sources, and puts the report together. */
import { createHash } from 'node:crypto'

import packageMetadata from '../../../package.json' with { type: 'json' }
import type { Cis2Config } from '../../options/cis2-config.js'
import type { Cis2Options } from '../../options/cis2-options.js'
import { bareFetch } from '../doctor/bare-fetch.js'
import { examine } from '../doctor/doctor.js'
import type { Finding } from '../doctor/findings.js'
import type { CliIo } from '../io.js'
import { describeAsvs } from './facts/asvs.js'
import { describeConfiguration } from './facts/configuration.js'
import { scriptDemonstration } from './facts/demonstration.js'
import { startHazardLog } from './facts/hazards.js'
import { describeKept } from './facts/kept-data.js'
import { listLeft } from './facts/left-to-do.js'
import { describeRequest } from './facts/request-parameters.js'
import { judgeRequirements } from './facts/requirements.js'
import { describeSecurityCases } from './facts/security-cases.js'
import { SOURCES } from './facts/sources.js'
import type { CreateApp } from './rehearsal/application.js'
import { rehearse } from './rehearsal/rehearse.js'
import { REPLACED } from './rehearsal/rehearsed-options.js'
import type { ComponentRow, EvidenceReport, TestRow } from './report.js'
import { askRunning } from './running/ask-running.js'

export interface Subject {
  readonly options: Cis2Options
  /** The same, checked. */
  readonly config: Cis2Config
  readonly createApp: CreateApp | undefined
  /** A running one. */
  readonly app: URL | undefined
  readonly protectedPaths: readonly string[]
  readonly doctor: boolean
}

export interface Surroundings {
  readonly env: CliIo['env']
  readonly progress: (line: string) => void
  /** What is installed; undefined when that cannot be said. */
  readonly listComponents: () => Promise<readonly ComponentRow[] | undefined>
}

export async function collect(
  subject: Subject,
  { env, progress, listComponents }: Surroundings,
): Promise<EvidenceReport> {
  const { options, config, createApp, app, protectedPaths } = subject
  const date = new Date().toISOString()
  // These wait for others; the tests compute.
  const asked = Promise.all([askDoctor(subject, env), listComponents()])
  const told = (row: TestRow) => {
    progress(`${wordFor(row)}  ${row.name}`)
  }
  const { tests: rehearsed, authorizationRequest } = await rehearse({
    ...{ options, config, createApp, protectedPaths, progress: told },
  })
  const running = app === undefined ? [] : await askRunning({ address: app, config, protectedPaths, progress: told })
  const tests = [...rehearsed, ...running]
  progress('asking doctor, and npm for what is installed')
  const [doctor, components] = await asked
  const known = {
    requirements: judgeRequirements(SOURCES.conformance, { tests, config, env }),
    configuration: describeConfiguration(config, options),
    authorizationRequest: describeRequest(authorizationRequest),
    tests,
    doctor,
    kept: describeKept(config),
    hazards: startHazardLog(tests),
    asvs: describeAsvs(SOURCES.asvs, tests),
    securityCases: describeSecurityCases(SOURCES.securityCases),
    components,
    demonstration: scriptDemonstration(config, protectedPaths),
  }
  const left = listLeft(known, { module: createApp !== undefined, app: app !== undefined, protectedPaths })
  return { about: { ...aboutOf(config, date), hash: hashOf(known) }, ...known, left }
}

function wordFor({ passed }: TestRow): string {
  return passed === null ? 'not run' : passed ? 'passed ' : 'FAILED '
}

async function askDoctor({ options, doctor, app }: Subject, env: CliIo['env']): Promise<Finding[] | undefined> {
  if (!doctor) return undefined
  return examine(options, { askApplication: app !== undefined, fetch: bareFetch, env })
}

function aboutOf({ baseUrl, issuer }: Cis2Config, date: string): Omit<EvidenceReport['about'], 'hash'> {
  return {
    date,
    version: packageMetadata.version,
    node: process.version,
    baseUrl: `${baseUrl.origin}${baseUrl.path}`,
    issuer,
    replaced: REPLACED,
  }
}

/** Times are those of one run, and doctor's findings those of a day; the rest is the same for the same application. */
function hashOf(known: object): string {
  const text = JSON.stringify(known, (name, value: unknown) =>
    ['at', 'milliseconds', 'doctor'].includes(name) ? undefined : value,
  )
  return createHash('sha256').update(text).digest('hex')
}
