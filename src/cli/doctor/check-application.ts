/** What the deployed application answers through whatever stands in front of it, as CIS2 and a browser would see it. */
import type { Cis2Config } from '../../options/cis2-config.js'
import { type Ask, createAsk, FROM_HERE, UnansweredError } from './ask-application.js'
import { checkCallback } from './check-callback.js'
import { checkSignIn } from './check-sign-in.js'
import { type Finding, ok, problem } from './findings.js'
import { checkPublishedKeys } from './published-keys.js'
import { wrongAnswer } from './wrong-answer.js'

/** Asks the application at `baseUrl`. It need not run on this machine. */
export async function checkApplication(config: Cis2Config, fetchApplication: typeof fetch): Promise<Finding[]> {
  const ask = createAsk(config, fetchApplication)
  const checks = [checkPublishedKeys, checkSignIn, checkCallback, checkBackChannelLogout]
  try {
    return (await Promise.all(checks.map((check) => check(config, ask)))).flat()
  } catch (error) {
    if (!(error instanceof UnansweredError)) throw error
    return [unanswered(error)]
  }
}

function unanswered({ address, message }: UnansweredError): Finding {
  return problem(
    'application',
    `${address} does not answer (${message})`,
    'CIS2 and browsers reach the application at baseUrl, and nowhere else.',
    cureOf(message),
  )
}

function cureOf(reason: string): string {
  if (/UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER|SELF_SIGNED/.test(reason)) {
    return 'Let the server send its whole certificate chain, up to a public authority: CIS2 trusts no other.'
  }
  if (reason.includes('CERT_HAS_EXPIRED')) return 'Renew the certificate.'
  if (reason.includes('ALTNAME')) return 'Use a certificate with the host of baseUrl in it, or correct baseUrl.'
  if (/ENOTFOUND|EAI_AGAIN/.test(reason)) {
    return 'Check the host of baseUrl, and that public DNS knows it. Before the first deployment use --no-app.'
  }
  return 'Start the application; check baseUrl, DNS, firewall and certificate. Before the first deployment use --no-app.'
}

async function checkBackChannelLogout({ routes }: Cis2Config, ask: Ask): Promise<Finding[]> {
  if (routes.backChannelLogout === false) return []
  // Without a token: it must be refused, and by express-cis2.
  const answer = await ask(routes.backChannelLogout, { form: { logout_token: '' } })
  const isOurs = answer.status === 400 && answer.json?.error === 'invalid_request'
  return [
    isOurs
      ? ok('back-channel-logout-route', `${answer.address} takes logout tokens, without a browser's headers`, FROM_HERE)
      : wrongAnswer('back-channel-logout-route', answer),
  ]
}
