/** The document as parts, tables and pictures: from it come HTML and Markdown, with the same rows. */
import type { EvidenceReport, Proof, RequirementRow } from '../report.js'
import { type Block, type Cell, paragraph, type State, table } from './blocks.js'
import { dataFlowSvg } from './data-flow-svg.js'
import { testBlocks } from './test-blocks.js'

export interface Part {
  readonly anchor: string
  readonly title: string
  readonly blocks: readonly Block[]
}

export const TITLE = 'Evidence for CIS2 Authentication'

/** Eleven parts, in the order in which they are read. */
export function partsOf(report: EvidenceReport): Part[] {
  const parts: [title: string, blocks: Block[]][] = [
    ['Requirements that are publicly known', requirements(report)],
    ['Configuration as run', configuration(report)],
    ['The authorization request', request(report)],
    ['Negative tests', testBlocks(report)],
    ["Doctor's findings", doctor(report)],
    ['What is kept, and where it flows', kept(report)],
    ['A hazard log to start from', hazards(report)],
    ['OWASP ASVS 5.0 (V7 and V10), and the attacks of the package', [...asvs(report), ...attacks(report)]],
    ['What is installed', components(report)],
    ['A script for the demonstration', demonstration(report)],
    ['What is left for the team', left(report)],
  ]
  return parts.map(([title, blocks], index) => ({
    anchor: `part-${index + 1}`,
    title: `${index + 1}. ${title}`,
    blocks,
  }))
}

function metCell(met: RequirementRow['met']): Cell {
  if (met === null) return { text: 'not shown here', state: 'open' }
  return met ? { text: 'met', state: 'good' } : { text: 'not met', state: 'bad' }
}

function requirements({ requirements: rows }: EvidenceReport): Block[] {
  return [
    paragraph(
      'NHS England does not publish the full text of its requirements. These are publicly known, in our own words; their numbers have gaps.',
    ),
    table(
      'Requirements of CIS2',
      ['Requirement', 'What it asks', 'Met', 'Proof', 'What was seen', 'How', "The package's own tests"],
      rows.map(({ id, asks, met, proof, detail, how, packageTests }) => [
        ...[id, asks, metCell(met), proof, detail, how],
        packageTests.join('; '),
      ]),
    ),
  ]
}

function configuration({ configuration: rows }: EvidenceReport): Block[] {
  const departures = rows.filter(({ departure }) => departure !== undefined).length
  return [
    paragraph(
      departures === 0
        ? 'Without secrets. Nothing departs from a safe default.'
        : `Without secrets. Departures from a safe default: ${departures}.`,
    ),
    table(
      'Options of cis2Auth',
      ['Option', 'Value', 'Safe default', 'Departure', 'Proof'],
      rows.map(({ option, value, usual = '', departure, proof }) => [
        ...[option, value, usual],
        departure === undefined ? 'none' : { text: departure, state: 'bad' },
        proof,
      ]),
    ),
  ]
}

function request({ authorizationRequest: rows, about }: EvidenceReport): Block[] {
  return [
    paragraph(
      `As the application sent it in the rehearsal; client_id and redirect_uri are those of the rehearsal. In your configuration the address begins with ${about.baseUrl}.`,
    ),
    table(
      'Parameters of the authorization request',
      ['Parameter', 'Sent', 'What it does', 'Proof'],
      rows.map(({ parameter, sent, meaning, proof }) => [parameter, sent, meaning, proof]),
    ),
  ]
}

const OUTCOME: Readonly<Record<string, State>> = { ok: 'good', warning: 'open', problem: 'bad' }

function doctor({ doctor: findings }: EvidenceReport): Block[] {
  if (findings === undefined) return [paragraph('Doctor was not asked (--no-doctor).')]
  const proof: Proof = 'doctor'
  return [
    paragraph('What npx express-cis2 doctor finds of your configuration, from this machine, against the real world.'),
    table(
      "Doctor's findings",
      ['Check', 'Outcome', 'What was seen', 'Cause', 'Cure', 'Proof'],
      findings.map(({ check, outcome, message, cause = '', cure = '' }) => [
        ...[check, { text: outcome, state: OUTCOME[outcome] ?? 'open' }, message, cause, cure, proof],
      ]),
    ),
  ]
}

function kept(report: EvidenceReport): Block[] {
  const { svg, words } = dataFlowSvg(report)
  return [
    { kind: 'picture', svg, name: 'Data flow', words },
    table(
      'What is kept',
      ['What', 'Where', 'How long', 'Sealed', 'Proof'],
      report.kept.map(({ what, where, howLong, sealed, proof }) => [what, where, howLong, sealed, proof]),
    ),
  ]
}

/** As in the CSV; what is empty there is for the clinical safety officer. */
function hazards({ hazards: rows }: EvidenceReport): Block[] {
  return [
    paragraph(
      'hazard-log.csv has these with the columns of DCB0129. Severity, likelihood and residual risk are empty: they are for your clinical safety officer.',
    ),
    table(
      'Hazards',
      ['Hazard', 'What can happen', 'Cause', 'Effect', 'Control', 'Evidence', 'Proof'],
      rows.map(({ id, hazard, cause, effect, control, evidence, proof }) => [
        ...[id, hazard, cause, effect, control, evidence, proof],
      ]),
    ),
  ]
}

function asvs({ asvs: rows }: EvidenceReport): Block[] {
  return [
    paragraph('Ours: of the package. Yours: of the application. No level of the standard is claimed.'),
    table(
      'Items of the standard',
      ['Item', 'What it asks', 'Whose', 'How', 'Proof'],
      rows.map(({ item, asks, whose, how, proof }) => [item, asks, whose, how, proof]),
    ),
  ]
}

function attacks({ securityCases: rows }: EvidenceReport): Block[] {
  const count = rows.reduce((sum, row) => sum + row.count, 0)
  return [
    paragraph(
      `What the package itself is attacked with: ${count} numbered cases, each with a test in its repository that carries the number in its name. They were not run here.`,
    ),
    table(
      'Attacks that the package has tests of',
      ['Group', 'Tested', 'Cases', 'Where', 'Not shown by a test', 'Proof'],
      rows.map(({ group, count: tested, cases, where, untested, proof }) => [
        ...[group, String(tested), cases, where.join(', ')],
        untested.map((each) => `${each.cases}: ${each.why}.`).join(' ') || 'none',
        proof,
      ]),
    ),
  ]
}

function components({ components: rows }: EvidenceReport): Block[] {
  if (rows === undefined) return [paragraph('npm could not list what is installed here: npm sbom needs npm 10.')]
  return [
    paragraph('For production, where the application is; sbom.cdx.json has the same as CycloneDX.'),
    table(
      'Packages',
      ['Package', 'Version', 'Licence', 'Proof'],
      rows.map(({ name, version, licence, proof }) => [name, version, licence, proof]),
    ),
  ]
}

function demonstration({ demonstration: rows }: EvidenceReport): Block[] {
  return [
    table(
      'Steps',
      ['Step', 'What to do', 'What it shows', 'Proof'],
      rows.map(({ step, shows, proof }, index) => [String(index + 1), step, shows, proof]),
    ),
  ]
}

function left({ left: rows }: EvidenceReport): Block[] {
  return [
    table(
      'To do',
      ['What', 'Why', 'Proof'],
      rows.map(({ what, why, proof }) => [what, why, proof]),
    ),
  ]
}
