/** What is left for the team: what was not met, not run, not asked, and what nobody else can do. */
import type { EvidenceReport, LeftRow } from '../report.js'

type Known = Pick<EvidenceReport, 'requirements' | 'tests' | 'configuration' | 'doctor' | 'components'>

export interface Asked {
  /** Whether the team's own application was rehearsed, and whether a running one was asked. */
  readonly module: boolean
  readonly app: boolean
  readonly protectedPaths: readonly string[]
}

const ALWAYS: readonly LeftRow[] = [
  yours('Answer the requirements that are not public.', 'NHS England tells them in digital onboarding.'),
  yours(
    'Complete the hazard log with your clinical safety officer: severity, likelihood, residual risk.',
    'DCB0129: the judgement is theirs.',
  ),
  yours(
    'Write down which session times you chose, and why.',
    'OWASP ASVS 5.0, 7.1.1; they are part of what is agreed.',
  ),
  yours('Give the demonstration in the integration environment.', 'The simulator is no CIS2.'),
  yours('Run this again, and keep both results, when configuration or version changes.', 'Evidence is of one day.'),
]

export function listLeft(known: Known, asked: Asked): LeftRow[] {
  return [...unmet(known), ...departures(known), ...findings(known), ...notAsked(known, asked), ...ALWAYS]
}

function yours(what: string, why: string): LeftRow {
  return { what, why, proof: 'declare yourself' }
}

function unmet({ requirements, tests }: Known): LeftRow[] {
  const open = requirements.filter(({ met, proof }) => met !== true && proof !== 'declare yourself')
  // Those that bear on a requirement are told with it.
  const others = tests.filter(({ passed, requirements: bearing }) => passed !== true && bearing.length === 0)
  return [
    ...open.map(({ id, met, detail, proof }) => ({
      what: `${id}: ${met === false ? 'not met' : 'not shown'}.`,
      why: detail,
      proof,
    })),
    ...others.map(({ name, passed, answer, proof }) => ({
      what: `${name}: ${passed === null ? 'not run' : 'failed'}.`,
      why: answer,
      proof,
    })),
  ]
}

function departures({ configuration }: Known): LeftRow[] {
  return configuration.flatMap(({ option, departure, proof }) =>
    departure === undefined ? [] : [{ what: `Justify ${option}, or set it to its default.`, why: departure, proof }],
  )
}

function findings({ doctor = [] }: Known): LeftRow[] {
  return doctor.flatMap(({ check, outcome, message, cure = '' }) =>
    outcome === 'ok' ? [] : [{ what: `doctor, ${check}: ${message}`, why: cure, proof: 'doctor' as const }],
  )
}

function notAsked({ doctor, components }: Known, { module, app, protectedPaths }: Asked): LeftRow[] {
  const rows: [isMissing: boolean, what: string, why: string][] = [
    [!module, 'Give your own application with --module.', 'The tests ran against a small one with your options.'],
    [
      !app,
      'Give your running application with --app.',
      'What stands in front of it was not asked, TLS 1.0 and 1.1 neither.',
    ],
    [
      protectedPaths.length === 0,
      'Name your guarded paths with --protect.',
      'Whether a guard is missing was not tried.',
    ],
    [doctor === undefined, 'Run doctor where the application runs.', 'It was not asked here.'],
    [components === undefined, 'List what is installed: npm sbom --sbom-format cyclonedx.', 'npm could not say here.'],
  ]
  return rows.flatMap(([isMissing, what, why]) => (isMissing ? [yours(what, why)] : []))
}
