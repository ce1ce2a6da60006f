/** The publicly known requirements of CIS2, each judged by what was run and configured. */
import { DEFAULT_MIN_VERSION } from 'node:tls'

import type { Cis2Config } from '../../../options/cis2-config.js'
import type { CliIo } from '../../io.js'
import type { RequirementRow, TestRow } from '../report.js'
import { citedTests, plainText, readTable } from './read-tables.js'

/** The heading of the table in `docs/conformance.md`. */
export const REQUIREMENTS_HEADING = 'Requirements of CIS2'

const TRANSPORT = 'Sec Req 003'

export interface Grounds {
  readonly tests: readonly TestRow[]
  readonly config: Cis2Config
  readonly env: CliIo['env']
}

/** @param page - The text of `docs/conformance.md`. */
export function judgeRequirements(page: string, grounds: Grounds): RequirementRow[] {
  const rows = readTable(page, REQUIREMENTS_HEADING).map((row) => {
    const id = row.requirement ?? ''
    const source = {
      id,
      asks: plainText(row['what it asks'] ?? ''),
      how: plainText(row['how the package meets it'] ?? ''),
      packageTests: citedTests(row.test ?? ''),
    }
    const bearing = grounds.tests.filter(({ requirements }) => requirements.includes(id))
    const judgement = id === TRANSPORT ? judgeTransport(bearing, grounds) : judgeTests(bearing)
    return { ...source, tests: bearing.map(({ name }) => name), ...judgement }
  })
  return [...rows, NOT_PUBLIC]
}

type Judgement = Pick<RequirementRow, 'met' | 'proof' | 'detail'>

function judgeTests(bearing: readonly TestRow[]): Judgement {
  if (bearing.length === 0) return { met: null, proof: 'package test', detail: 'No test of this run bears on it.' }
  const failed = bearing.filter(({ passed }) => passed === false)
  const unrun = bearing.filter(({ passed }) => passed === null)
  const told = (failed.length > 0 ? failed : unrun.length > 0 ? unrun : bearing).map(tell).join(' ')
  return { met: failed.length > 0 ? false : unrun.length > 0 ? null : true, proof: 'run now', detail: told }
}

function tell({ name, answer, against }: TestRow): string {
  return `${name}: ${answer}${against === 'running application' ? ' (the running application)' : ''}.`
}

/** TLS is half a matter of settings: of this process's, and of the addresses; what stands in front can be asked. */
function judgeTransport(bearing: readonly TestRow[], { config, env }: Grounds): Judgement {
  const faults = [
    ...(config.issuer.startsWith('https:') ? [] : ['issuer is http, which is for development on this machine']),
    ...(config.baseUrl.secure ? [] : ['baseUrl is http, which is for development on this machine']),
    ...(env.NODE_TLS_REJECT_UNAUTHORIZED === '0' ? ['NODE_TLS_REJECT_UNAUTHORIZED=0 trusts every certificate'] : []),
    ...(['TLSv1.2', 'TLSv1.3'].includes(DEFAULT_MIN_VERSION) && !/--tls-min-v1\.[01]\b/.test(env.NODE_OPTIONS ?? '')
      ? []
      : ['Node.js is told to speak TLS older than 1.2']),
  ]
  const asked = judgeTests(bearing)
  if (faults.length > 0) return { met: false, proof: 'configuration', detail: `${faults.join('; ')}.` }
  if (bearing.length > 0) return asked
  return {
    met: true,
    proof: 'configuration',
    detail:
      'issuer and baseUrl are https, certificates are verified, and Node.js speaks TLS 1.2 or later. ' +
      'What stands in front of the application was not asked: give its address with --app.',
  }
}

const NOT_PUBLIC: RequirementRow = {
  id: 'The requirements between these numbers',
  asks: 'NHS England does not publish them.',
  met: null,
  proof: 'declare yourself',
  how: '',
  detail: 'Compare this list with the questions that you get in digital onboarding, and answer the others yourself.',
  tests: [],
  packageTests: [],
}
