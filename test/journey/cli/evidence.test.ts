/** `express-cis2 evidence`: of the example clinic, of clinics that are spoiled, of one that runs. */
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, rmSync } from 'node:fs'
import { mkdtemp, readdir } from 'node:fs/promises'
import { createServer, globalAgent, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { SecureVersion } from 'node:tls'

import { cis2Auth, type Cis2Auth, type Cis2Options } from 'express-cis2'
import { type Simulator, startSimulator } from 'express-cis2/simulator'

import { createClinic } from '../../../example-app/src/app.js'
import { collect, type Subject } from '../../../src/cli/evidence/collect.js'
import { judgeRequirements } from '../../../src/cli/evidence/facts/requirements.js'
import { describeSecurityCases } from '../../../src/cli/evidence/facts/security-cases.js'
import { PERSONAL } from '../../../src/cli/evidence/rehearsal/cast.js'
import type { EvidenceReport } from '../../../src/cli/evidence/report.js'
import { askRunning } from '../../../src/cli/evidence/running/ask-running.js'
import { parseOptions } from '../../../src/options/parse-options.js'
import { makeCertificate } from '../../../src/simulator/certificate.js'
import { runCommand } from '../../support/commands/command-line.js'
import { TOKEN_IN_TEXT } from '../../support/tokens-in-text.js'
import { createSpoiledApp, spoiledOptions } from './support/spoiled-clinics.js'

// Each run signs in dozens of times, on machines that do other things too.
jest.setTimeout(120_000)

const ROOT = resolve(__dirname, '../../..')
const CLINIC = join(ROOT, 'example-app/src/evidence.ts')
const CANARIES = ['canary-session-secret-canary-session', 'canary-password', 'canary-api-key', 'canary-api-secret']

let folder: string
const { REDIS_URL } = process.env

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cis2-evidence-'))
  // The clinic's module reads it, and the sample is made without.
  delete process.env.REDIS_URL
})

afterAll(() => {
  if (REDIS_URL !== undefined) process.env.REDIS_URL = REDIS_URL
  rmSync(folder, { recursive: true, force: true })
})

async function clinicOptions(): Promise<Cis2Options> {
  return ((await import('../../../example-app/src/evidence.js')) as { default: Cis2Options }).default
}

function evidenceOf(options: Cis2Options, more: Partial<Subject> = {}): Promise<EvidenceReport> {
  return collect(
    {
      ...{ options, config: parseOptions(options), createApp: undefined, app: undefined, protectedPaths: [] },
      doctor: false,
      ...more,
    },
    {
      env: {},
      progress: () => undefined,
      listComponents: () => Promise.resolve(undefined),
    },
  )
}

const unmet = ({ requirements }: EvidenceReport) => requirements.filter(({ met }) => met === false).map(({ id }) => id)
const failed = ({ tests }: EvidenceReport) => tests.filter(({ passed }) => passed !== true).map(({ id }) => id)

describe('evidence of the example clinic', () => {
  let ended: Awaited<ReturnType<typeof runCommand>>
  let report: EvidenceReport
  const file = (name: string) => readFileSync(join(folder, 'clinic', name), 'utf8')

  beforeAll(async () => {
    const paths = ['--protect', '/patients', '--protect', '/patients/1/prescribe']
    const words = ['evidence', '--config', CLINIC, '--module', CLINIC, '--no-doctor', '--out', join(folder, 'clinic')]
    ended = await runCommand([...words, ...paths])
    report = JSON.parse(file('evidence.json')) as EvidenceReport
  })

  it('shows every publicly known requirement by what was run or configured', () => {
    expect(ended).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('not met: 0') as string })
    const known = report.requirements.filter(({ proof }) => proof !== 'declare yourself')
    expect(known).toHaveLength(9)
    expect(known.filter(({ met }) => met !== true)).toEqual([])
    expect(known.filter(({ proof }) => !['run now', 'configuration'].includes(proof))).toEqual([])
    expect(failed(report)).toEqual([])
    expect(report.tests.every(({ against }) => against === 'application')).toBe(true)
  })

  it('tells of its progress while it works', () => {
    expect(ended.stderr.match(/^passed/gm)).toHaveLength(report.tests.length)
  })

  it('carries the same rows in all three documents, each with what it rests on', () => {
    const proofs = ['run now', 'configuration', 'doctor', 'package test', 'declare yourself']
    const rows = Object.values(report).flatMap((part: unknown) =>
      Array.isArray(part) ? (part as { proof: string }[]) : [],
    )
    expect(rows.length).toBeGreaterThan(150)
    expect(rows.filter(({ proof }) => !proofs.includes(proof))).toEqual([])
    const markdown = file('evidence.md').replaceAll('\\', '')
    const html = file('evidence.html').replaceAll('&#39;', "'").replaceAll('&quot;', '"')
    const names = [
      ...report.requirements.map(({ detail }) => detail),
      ...report.configuration.map(({ option, value }) => (value === '' ? option : value)),
      ...report.tests.map(({ name }) => name),
      ...report.kept.map(({ what }) => what),
      ...report.hazards.map(({ control }) => control),
      ...report.asvs.map(({ asks }) => asks),
      ...report.securityCases.flatMap(({ group, cases, where }) => [group, cases, ...where]),
      ...report.securityCases.flatMap(({ untested }) => untested.map(({ why }) => why)),
      ...(report.components ?? []).map(({ name }) => name),
      ...report.demonstration.map(({ step }) => step),
      ...report.left.map(({ what }) => what),
    ]
    expect(names.filter((name) => !markdown.includes(name.replaceAll('\\', '')))).toEqual([])
    expect(names.filter((name) => !html.includes(name))).toEqual([])
  })

  it('has no member that docs/evidence.md does not name', () => {
    const page = readFileSync(join(ROOT, 'docs/evidence.md'), 'utf8')
    const rows = [report.requirements, report.tests, report.securityCases].map(([row]) => Object.keys(row ?? {}))
    const names = [...Object.keys(report), ...rows.flat()].filter((name) => !page.includes(`\`${name}\``))
    expect(names).toEqual([])
  })

  it('draws each test, in one file that loads nothing', () => {
    const html = file('evidence.html')
    expect(html.match(/<title id="sequence-/g)).toHaveLength(report.tests.length)
    expect(html).not.toMatch(/<script|<link|<img|@import|url\(h|src=/i)
  })

  it('tells of the attacks that the package has tests of, by docs/security-cases.md', () => {
    const page = readFileSync(join(ROOT, 'docs/security-cases.md'), 'utf8')
    expect(report.securityCases).toEqual(describeSecurityCases(page))
    const count = report.securityCases.reduce((sum, row) => sum + row.count, 0)
    expect(file('evidence.md')).toContain(`${String(count)} numbered cases`)
    expect(file('evidence.html')).toContain(`${String(count)} numbered cases`)
  })

  it('never overwrites a hazard log, which people write into', async () => {
    const { writeFiles } = await import('../../../src/cli/evidence/write/write-files.js')
    const { kept } = await writeFiles(report, join(folder, 'clinic'))
    expect(kept).toEqual([join(folder, 'clinic', 'hazard-log.csv')])
  })

  it('is what docs/evidence.md shows (npm run evidence-sample)', () => {
    const program = join(ROOT, 'test/support/commands/write-evidence-sample.mjs')
    const words = [program, '--check', join(folder, 'clinic', 'evidence.json')]
    const { stdout, stderr } = spawnSync(process.execPath, words, { cwd: ROOT, encoding: 'utf8' })
    expect(stdout + stderr).toBe('')
  })
})

describe('evidence of options alone', () => {
  let options: Cis2Options
  let report: EvidenceReport

  beforeAll(async () => {
    const clinic = await clinicOptions()
    const [secret, password, apiKey, apiSecret] = CANARIES
    options = {
      ...clinic,
      session: { ...clinic.session, secret, redis: `rediss://user:${String(password)}@redis.example:6379` },
      nhsApi: {
        ...{ apiKey, apiSecret, environment: 'int' },
        keys: [{ privateKey: keyOf(clinic), kid: 'canary-of-a-kid-may-show' }],
      },
    }
    report = await evidenceOf(options)
  })

  it('says that it was no application of theirs, and leaves the rest to them', () => {
    expect(unmet(report)).toEqual([])
    expect(report.tests.every(({ against }) => against === 'configuration')).toBe(true)
    // The pages of errors: 'next' are the clinic's.
    expect(failed(report)).toEqual(['error-page-stranger', 'error-page-refused'])
    expect(report.left.map(({ what }) => what)).toEqual(
      expect.arrayContaining([expect.stringContaining('--module'), expect.stringContaining('--protect')]),
    )
  })

  it('holds no secret, token or person, and never says more than it is', async () => {
    const { writeFiles } = await import('../../../src/cli/evidence/write/write-files.js')
    await writeFiles(report, join(folder, 'canaries'))
    // The clinic's too, in which people signed in to an application that shows them.
    const folders = ['canaries', 'clinic'].map((name) => join(folder, name))
    const texts = await Promise.all(folders.map(textsIn)).then((each) => each.flat())
    expect(texts.length).toBeGreaterThan(7)
    const secrets = [...CANARIES, ...PERSONAL, keyOf(options).split('\n')[3] ?? '', 'BEGIN PRIVATE']
    expect(secrets.filter((secret) => texts.some((text) => text.includes(secret)))).toEqual([])
    expect(texts.filter((text) => TOKEN_IN_TEXT.test(text))).toEqual([])
    expect(texts.filter((text) => /conformant/i.test(text))).toEqual([])
  })

  it('comes out the same again, but for times', async () => {
    const again = await evidenceOf(options)
    expect(again.about.hash).toBe(report.about.hash)
  })
})

async function textsIn(out: string): Promise<string[]> {
  return (await readdir(out)).map((name) => readFileSync(join(out, name), 'utf8'))
}

function keyOf({ clientAuthentication: own }: Cis2Options): string {
  const [key] = 'keys' in own ? own.keys : []
  const { privateKey } = key !== undefined && 'privateKey' in key ? key : {}
  return typeof privateKey === 'string' ? privateKey : 'no key'
}

describe('evidence of a clinic that is spoiled', () => {
  let byOptions: EvidenceReport
  let byCode: EvidenceReport

  beforeAll(async () => {
    const options = await clinicOptions()
    byOptions = await evidenceOf(spoiledOptions(options))
    byCode = await evidenceOf(options, { createApp: createSpoiledApp, protectedPaths: ['/patients', '/audit'] })
  })

  it.each([
    { spoiled: 'idle time of 60 minutes', row: 'Ses Req 005', test: 'idle-end' },
    { spoiled: 'absolute time of 24 hours', row: 'Ses Req 007', test: 'absolute-end' },
    { spoiled: 'identityAssuranceLevel: 0', row: 'SC Req 002', test: 'identity-level-low' },
    { spoiled: 'prompt: false with an old max_age', row: 'NHS CIA Ses Req 002', test: 'fresh-authentication' },
    { spoiled: 'maxAuthAgeSeconds: 3600', row: 'Ses Req 003', test: 'auth-time-old' },
    { spoiled: 'no back-channel logout', row: 'Back-channel logout', test: 'back-channel-logout' },
  ])('says of the options, $spoiled, that $row is not met', ({ row, test }) => {
    expect(byOptions.requirements.find(({ id }) => id === row)).toMatchObject({ met: false, proof: 'run now' })
    expect(failed(byOptions)).toContain(test)
  })

  it('says of nothing else that it is not met, and names each departure', () => {
    expect(unmet(byOptions)).toHaveLength(6)
    const departures = byOptions.configuration.filter(({ departure }) => departure !== undefined)
    expect(departures.map(({ option }) => option).sort()).toEqual([
      ...['identityAssuranceLevel', 'maxAuthAgeSeconds', 'pkce', 'prompt', 'routes'],
      ...['session.absoluteTimeoutSeconds', 'session.dangerouslyAllowLongSessions', 'session.idleTimeoutSeconds'],
    ])
  })

  it.each([
    { spoiled: 'a guard is missing on a protected path', test: 'protected-2' },
    { spoiled: 'a page may be kept', test: 'not-kept-1' },
    { spoiled: 'the error page shows the error', test: 'error-page-refused' },
    { spoiled: 'the cookie lost its Secure', test: 'session-cookie' },
    { spoiled: 'logout tokens are answered 403', test: 'back-channel-logout' },
  ])('says of the code that $spoiled', ({ test }) => {
    expect(byCode.tests.find(({ id }) => id === test)).toMatchObject({ passed: false, against: 'application' })
  })

  it('proves nothing by refusals where nobody is let in', async () => {
    const options = await clinicOptions()
    const report = await evidenceOf(
      { ...options },
      {
        createApp: (rehearsed) =>
          createClinic({
            auth: cis2Auth({
              ...rehearsed,
              onSignIn: () => {
                throw new Error('nobody')
              },
            }),
            baseUrl: String(rehearsed.baseUrl),
          }),
      },
    )
    expect(report.tests[0]).toMatchObject({ id: 'honest-sign-in', passed: false })
    expect(report.tests.find(({ id }) => id === 'signature-forged')).toMatchObject({ passed: null })
    expect(report.requirements.find(({ id }) => id === 'UI Req 001')).toMatchObject({ met: null })
  })
})

describe('evidence of a clinic that runs', () => {
  let certificate: Awaited<ReturnType<typeof makeCertificate>>
  let simulator: Simulator
  let running: Cis2Options
  let auth: Cis2Auth
  const fronts: Server[] = []
  const { ca } = globalAgent.options

  /** What stands in front of the clinic, and speaks TLS. */
  async function front(minVersion: SecureVersion, port = 0): Promise<URL> {
    const tls = { key: certificate.privateKey, cert: certificate.certificate, minVersion }
    const server = createServer({ ...tls, ciphers: 'DEFAULT@SECLEVEL=0' }).listen(port, '127.0.0.1')
    fronts.push(server)
    await once(server, 'listening')
    return new URL(`https://localhost:${String((server.address() as AddressInfo).port)}`)
  }

  beforeAll(async () => {
    certificate = await makeCertificate([])
    globalAgent.options.ca = certificate.certificate
    simulator = await startSimulator({ https: true, clients: [] })
    const clinic = await clinicOptions()
    const { origin } = await front('TLSv1.2')
    running = {
      ...{ ...clinic, environment: undefined, issuer: simulator.issuer, fetch: simulator.fetch, baseUrl: origin },
      session: { ...clinic.session, redis: 'memory' },
    }
    auth = cis2Auth(running)
    await auth.ready()
    fronts[0]?.on('request', createClinic({ auth, baseUrl: origin }))
  })

  afterAll(async () => {
    globalAgent.options.ca = ca
    for (const server of fronts) {
      server.close()
      server.closeAllConnections()
    }
    await Promise.all([auth.close(), simulator.stop()])
  })

  it('asks it what a stranger can, and doctor what it finds', async () => {
    const app = new URL(String(running.baseUrl))
    const report = await evidenceOf(running, { app, protectedPaths: ['/patients'], doctor: true })
    const asked = report.tests.filter(({ against }) => against === 'running application')
    expect(asked.filter(({ passed }) => passed !== true)).toEqual([])
    expect(asked.map(({ id }) => id)).toEqual(
      expect.arrayContaining(['tls-versions', 'fresh-authentication', 'logout-token-invented', 'protected-1']),
    )
    expect(report.requirements.find(({ id }) => id === 'Sec Req 003')).toMatchObject({ met: true, proof: 'run now' })
    expect(report.doctor?.find(({ check }) => check === 'discovery')).toMatchObject({ outcome: 'ok' })
  })

  it('says that TLS 1.0 is spoken in front of it', async () => {
    const config = parseOptions(running)
    const address = await front('TLSv1')
    fronts.at(-1)?.on('request', createClinic({ auth, baseUrl: address.origin }))
    const tests = await askRunning({ address, config, protectedPaths: [], progress: () => undefined })
    const page = readFileSync(join(ROOT, 'docs/conformance.md'), 'utf8')
    const row = judgeRequirements(page, { tests, config, env: {} }).find(({ id }) => id === 'Sec Req 003')
    expect(row).toMatchObject({ met: false, proof: 'run now', detail: expect.stringContaining('1.0 taken') as string })
  })
})
