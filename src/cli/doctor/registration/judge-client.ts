/** The finding about client authentication. */
import type { Cis2Config } from '../../../options/cis2-config.js'
import { type Finding, ok, problem, warning } from '../findings.js'
import { describeStranger } from '../stranger.js'
import type { Suspect } from './suspects.js'
import type { TokenAnswer } from './token-answer.js'

const CHECK = 'client-authentication'

/** @param suspects - With a refusal: the most likely first. */
export function judgeClient(answer: TokenAnswer, config: Cis2Config, suspects: readonly Suspect[] = []): Finding {
  const { clientId, clientAuthentication } = config
  const client = `${clientId} by ${clientAuthentication.method}`
  switch (answer.kind) {
    case 'accepted':
      return ok(CHECK, `CIS2 accepts ${client}: it refused the invented code (invalid_grant), not the client`, {
        restsOn: 'the engine judging the client before the code, as ForgeRock/Ping AM does',
      })
    case 'refused':
      return refused(client, suspects)
    case 'tokens':
      return problem(
        CHECK,
        'the token endpoint answers an invented code with tokens',
        'Something answers in place of CIS2 that gives tokens to anybody.',
        'Check the issuer, and who answers there.',
      )
    case 'error':
      return warning(
        CHECK,
        `CIS2 answers ${answer.error} to an invented code`,
        answer.error === 'unauthorized_client'
          ? 'The client is not registered for the authorization code flow.'
          : 'Neither the client was refused nor the code: what CIS2 objects to is not known.',
        'Ask the CIS2 team, with the time of this run.',
      )
    case 'strange': {
      const { seen, cause, cure } = describeStranger(answer.answer, 'cis2')
      return problem(CHECK, `the token endpoint ${seen}, which is not what CIS2 answers`, cause, cure)
    }
    case 'unreachable':
      return problem(
        CHECK,
        answer.fault.message,
        'The token endpoint cannot be asked: signing in fails at the last step.',
        'Allow POST to the hosts of CIS2 in the firewall and the proxy; a remote signer must answer in time.',
      )
  }
}

function refused(client: string, [first, ...others]: readonly Suspect[]): Finding {
  return problem(
    CHECK,
    `CIS2 refuses ${client} (invalid_client)`,
    first?.cause ?? 'CIS2 does not say why.',
    first?.cure ?? 'Compare the configuration with the registration.',
    {
      ...(others.length === 0 ? {} : { otherCauses: others.map(({ cause, cure }) => `${cause} ${cure}`) }),
      ...(first?.restsOn === undefined ? {} : { restsOn: first.restsOn }),
    },
  )
}
