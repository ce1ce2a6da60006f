/** The finding that something answers, and not as this package does there. */
import type { Answer } from './ask-application.js'
import { type Check, type Finding, problem } from './findings.js'
import { describeStranger } from './stranger.js'

export function wrongAnswer(check: Check, answer: Answer): Finding {
  const { address, status, json } = answer
  const code = typeof json?.code === 'string' ? json.code : undefined
  if (code?.startsWith('CIS2_') === true) {
    return problem(
      check,
      `${address} answers ${status} (${code})`,
      'The application itself is reached, and cannot do what it is asked.',
      `See docs/errors.md#${code.toLowerCase()} for this code, and what health() reports.`,
    )
  }
  const { seen, cause, cure } = describeStranger(answer, 'application')
  const said = code === undefined ? '' : ` (${code})`
  return problem(check, `${address} ${seen}${said}, which is not what express-cis2 answers there`, cause, cure)
}
