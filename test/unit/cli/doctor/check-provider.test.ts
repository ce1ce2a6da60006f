import { checkProvider } from '../../../../src/cli/doctor/check-provider.js'
import type { Cis2Options } from '../../../../src/options/cis2-options.js'
import { parseOptions } from '../../../../src/options/parse-options.js'
import {
  discoveryDocument,
  fetchFailing,
  healthyCis2,
  healthyOptions,
  ISSUER,
  NOW,
  SESSION_SECRET,
  type Respond,
} from '../../../support/commands/doctor-case.js'

async function findingsFor(options: Partial<Cis2Options>) {
  const { findings } = await checkProvider(
    parseOptions(healthyOptions({ session: { secret: SESSION_SECRET, redis: 'redis://x' }, ...options })),
  )
  return findings
}

async function findingFor(check: string, options: Partial<Cis2Options>) {
  const found = (await findingsFor(options)).find((finding) => finding.check === check)
  if (found === undefined) throw new Error(`no finding ${check}`)
  return found
}

const discovery = (
  document: Record<string, unknown>,
  headers: Record<string, string> = {},
): Record<string, Respond> => ({
  '/openid-configuration': () => Response.json(document, { headers }),
})
const dateHeader = (milliseconds: number) => ({ date: new Date(milliseconds).toUTCString() })

describe('checkProvider', () => {
  it('finds nothing wrong with CIS2 as it is', async () => {
    const findings = await findingsFor({})
    expect(findings.map(({ check, outcome }) => [check, outcome])).toEqual([
      ['discovery', 'ok'],
      ['clock', 'ok'],
      ['issuer', 'ok'],
      ['scopes', 'ok'],
      ['provider-keys', 'ok'],
    ])
  })

  it('accepts a setting that leaves :443 out, and shows the text that is used', async () => {
    const finding = await findingFor('issuer', { issuer: ISSUER.replace(':443', '') })
    expect(finding).toMatchObject({
      outcome: 'ok',
      message: expect.stringContaining(`${ISSUER}, as discovered`) as string,
    })
  })

  it.each([
    { failure: 'ENOTFOUND', cure: 'name resolution' },
    { failure: 'ECONNREFUSED', cure: 'firewall' },
    { failure: 'SELF_SIGNED_CERT_IN_CHAIN', cure: 'NODE_EXTRA_CA_CERTS' },
  ])('explains a connection that fails with $failure', async ({ failure, cure }) => {
    const finding = await findingFor('discovery', { fetch: fetchFailing(failure) })
    expect(finding).toMatchObject({ outcome: 'problem', message: expect.stringContaining(failure) as string })
    expect(finding.cure).toContain(cure)
  })

  it('gives up after timeoutSeconds', async () => {
    const silent: typeof fetch = () => new Promise(() => {})
    expect(await findingFor('discovery', { fetch: silent, timeoutSeconds: 1 })).toMatchObject({ outcome: 'problem' })
  })

  it.each([
    { what: 'an error page', respond: () => new Response('<h1>Proxy error</h1>', { status: 502 }) },
    { what: 'a login page', respond: () => new Response('<h1>Sign in to the guest network</h1>') },
    { what: 'a redirect', respond: () => Response.redirect('https://captive.example/', 302) },
  ])('explains $what in place of the discovery document', async ({ respond }) => {
    const fetch = healthyCis2({ '/openid-configuration': respond })
    expect(await findingFor('discovery', { fetch })).toMatchObject({
      outcome: 'problem',
      cure: expect.any(String) as string,
    })
  })

  it('refuses the document of another issuer', async () => {
    const fetch = healthyCis2(discovery(discoveryDocument({ issuer: 'https://other.example' })))
    expect(await findingFor('issuer', { fetch })).toMatchObject({ outcome: 'problem' })
  })

  it('names an endpoint on another origin, and the option that allows it', async () => {
    const fetch = healthyCis2(discovery(discoveryDocument({ token_endpoint: 'https://elsewhere.example/token' })))
    const finding = await findingFor('endpoints', { fetch })
    expect(finding).toMatchObject({ outcome: 'problem', message: expect.stringContaining('token_endpoint') as string })
    expect(finding.cure).toContain('allowedEndpointOrigins')
  })

  it.each([
    { seconds: 0, outcome: 'ok' },
    { seconds: 5, outcome: 'ok' },
    { seconds: -6, outcome: 'warning' },
    { seconds: 30, outcome: 'warning' },
    { seconds: 31, outcome: 'problem' },
    { seconds: -3600, outcome: 'problem' },
  ])('judges a clock that is $seconds s ahead: $outcome', async ({ seconds, outcome }) => {
    const fetch = healthyCis2(discovery(discoveryDocument(), dateHeader(NOW - seconds * 1000)))
    expect(await findingFor('clock', { fetch })).toMatchObject({ outcome })
  })

  it('allows for the age of an answer out of a cache', async () => {
    const headers = { ...dateHeader(NOW - 600_000), age: '600' }
    expect(await findingFor('clock', { fetch: healthyCis2(discovery(discoveryDocument(), headers)) })).toMatchObject({
      outcome: 'ok',
    })
  })

  it('does not take an age that is no number for one', async () => {
    const headers = { ...dateHeader(NOW), age: 'old' }
    expect(await findingFor('clock', { fetch: healthyCis2(discovery(discoveryDocument(), headers)) })).toMatchObject({
      outcome: 'ok',
    })
  })

  it('says nothing of the clock when CIS2 does not tell the time', async () => {
    const findings = await findingsFor({ fetch: healthyCis2(discovery(discoveryDocument())) })
    expect(findings.map(({ check }) => check)).not.toContain('clock')
  })

  it('warns of a scope that CIS2 does not list', async () => {
    const finding = await findingFor('scopes', { scopes: 'openid nationalrbacacess' })
    expect(finding).toMatchObject({
      outcome: 'warning',
      message: expect.stringContaining('nationalrbacacess') as string,
    })
  })

  it('does not judge scopes when CIS2 lists none', async () => {
    const fetch = healthyCis2(discovery(discoveryDocument({ scopes_supported: undefined })))
    expect(await findingFor('scopes', { fetch })).toMatchObject({ outcome: 'ok' })
  })

  it.each([
    { what: 'no signing key', respond: () => Response.json({ keys: [{ kty: 'RSA', use: 'enc' }] }) },
    { what: 'no list of keys', respond: () => Response.json({}) },
    { what: 'an error', respond: () => new Response(null, { status: 500 }) },
  ])('reports $what where the keys of CIS2 should be', async ({ respond }) => {
    const fetch = healthyCis2({ '/connect/jwk_uri': respond })
    expect(await findingFor('provider-keys', { fetch })).toMatchObject({ outcome: 'problem' })
  })

  it('does not hide a fault of its own', async () => {
    const clock = () => NOW
    const config = parseOptions(healthyOptions({ clock, session: { secret: SESSION_SECRET, redis: 'redis://x' } }))
    const broken = {
      ...config,
      clock() {
        throw new RangeError('broken clock')
      },
    }
    await expect(checkProvider(broken)).rejects.toThrow('broken clock')
  })
})
