/** What `cis2Auth` refuses, as findings: each with its own cure, and with the variable it came from. */
import type { CliIo } from '../io.js'
import { type Finding, problem } from './findings.js'

/** How to set each option that a first configuration needs; `WHERE` stands for the option, or for its variable. */
const CURES: Readonly<Record<string, string>> = {
  'environment or issuer': 'Set WHERE to int, dep, mock or live.',
  clientId: 'Set WHERE to the client ID of the registration, such as 123456789012.apps.national.',
  'clientAuthentication.method': 'Set WHERE to the registered method: client_secret_post unless another was agreed.',
  'clientAuthentication.clientSecret': 'Set WHERE to the client secret of the registration.',
  'clientAuthentication.keys[0].privateKey':
    'Set WHERE to the PEM text of the private key (npx express-cis2 keys new makes one), line ends as \\n where a variable has one line.',
  'clientAuthentication.keys[0].kid': 'Set WHERE to the kid as published, or leave it out.',
  'clientAuthentication.keys[0].alg': 'Set WHERE to the algorithm of the key that is registered: RS256 or RS512.',
  baseUrl: 'Set WHERE to the public address of the application, such as https://clinic.example.nhs.uk.',
  'session.secret':
    'Set WHERE to 32 random characters or more; this makes some: node -p "crypto.randomBytes(32).toString(\'base64url\')"',
  'session.redis': 'Set WHERE to the address of Redis, such as rediss://user:password@redis.example:6379.',
  'nhsApi.apiKey': 'Set WHERE to the API key of the application at the NHS API platform.',
  'nhsApi.apiSecret': 'Set WHERE to the API secret of the application, or leave it out: then nothing is refreshed.',
  'nhsApi.environment': 'Set WHERE to live, int, dev, ref, dep or mock.',
  'nhsApi.keys[0].privateKey': 'Set WHERE to the PEM text of the private key whose public half the platform has.',
  'nhsApi.keys[0].kid': 'Set WHERE to the kid that the platform knows the key by.',
  'nhsApi.tokenEndpoint': "Set WHERE to the address of the platform's token endpoint.",
}

/** Where the doctor reads each option, the variable that wins first. */
const SOURCES: Readonly<Record<string, readonly [string, ...string[]]>> = {
  'environment or issuer': ['CIS2_ENVIRONMENT'],
  environment: ['CIS2_ENVIRONMENT'],
  issuer: ['CIS2_ISSUER'],
  clientId: ['CIS2_CLIENT_ID'],
  'clientAuthentication.method': ['CIS2_CLIENT_SECRET_METHOD'],
  'clientAuthentication.clientSecret': ['CIS2_CLIENT_SECRET'],
  'clientAuthentication.keys[0].privateKey': ['CIS2_PRIVATE_KEY'],
  'clientAuthentication.keys[0].kid': ['CIS2_KEY_ID'],
  'clientAuthentication.keys[0].alg': ['CIS2_KEY_ALG'],
  baseUrl: ['CIS2_BASE_URL'],
  'session.secret': ['CIS2_SESSION_SECRET', 'SESSION_SECRET'],
  'session.redis': ['CIS2_REDIS_URL', 'REDIS_URL'],
  'nhsApi.apiKey': ['NHS_API_KEY'],
  'nhsApi.apiSecret': ['NHS_API_SECRET'],
  'nhsApi.environment': ['NHS_API_ENVIRONMENT'],
  'nhsApi.keys[0].privateKey': ['NHS_API_PRIVATE_KEY'],
  'nhsApi.keys[0].kid': ['NHS_API_KEY_ID'],
  'nhsApi.tokenEndpoint': ['NHS_API_TOKEN_ENDPOINT'],
}

/** What parseOptions says last about a missing text; where the variable is known, its name says more. */
const QUESTION = '; is its environment variable set?'

/** @param env - The variables that the options were read from; undefined: they were not. */
export function optionFindings(problems: readonly string[], env: CliIo['env'] | undefined): Finding[] {
  return problems.map((text) => {
    const option = optionIn(text)
    const variable = env === undefined ? undefined : variableFor(option, env)
    const message =
      variable === undefined ? text : `${variable} (${option})${text.slice(option.length)}`.replace(QUESTION, '')
    return problem('options', message, 'cis2Auth refuses to start with this.', cureFor(text, option, variable))
  })
}

/** Each problem begins with the option that it is about. */
function optionIn(text: string): string {
  if (text.startsWith('environment or issuer')) return 'environment or issuer'
  return /^[a-z]\w*(?:\.\w+|\[\d+\])*(?= )/.exec(text)?.[0] ?? ''
}

function variableFor(option: string, env: CliIo['env']): string | undefined {
  const names = SOURCES[option]
  return names?.find((name) => env[name] !== undefined) ?? names?.[0]
}

function cureFor(text: string, option: string, variable: string | undefined): string {
  if (text.startsWith('NODE_TLS_REJECT_UNAUTHORIZED')) return 'Unset NODE_TLS_REJECT_UNAUTHORIZED.'
  if (text.includes('is not an option')) return 'Correct the name, or remove it.'
  const cure = CURES[option]
  if (cure === undefined) return `Correct ${variable ?? (option === '' ? 'the options' : option)} as the message says.`
  return cure.replace('WHERE', variable === undefined ? option : whereOf(option, variable))
}

/** With what else would do, where a variable is missing. */
function whereOf(option: string, variable: string): string {
  const others = SOURCES[option]?.filter((name) => name !== variable) ?? []
  return others.length === 0 ? variable : `${variable} (or ${others.join(', ')})`
}
