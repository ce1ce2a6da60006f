/**
 * An OpenID provider written by others, and certified: what our own test providers might get wrong in the same way as
 * our own code does, this one does not. Dressed as CIS2 as far as its claims and its token endpoint go.
 */
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { default as Provider, ClientMetadata, Configuration, JWK } from 'oidc-provider'

const ALGORITHMS = ['RS256', 'RS512', 'PS256'] as const

const CLAIMS = {
  name: 'Okafor Ngozi Ms',
  family_name: 'Okafor',
  given_name: 'Ngozi',
  email: 'ngozi.okafor@example.nhs.net',
  authentication_assurance_level: '3',
  id_assurance_level: '3',
  selected_roleid: '555098765432',
  nhsid_useruid: '555012345678',
  nhsid_user_orgs: [{ org_code: 'A99901', org_name: 'RIVERSIDE SURGERY' }],
  nhsid_nrbac_roles: [
    {
      person_orgid: '555011112222',
      person_roleid: '555098765432',
      org_code: 'A99901',
      role_name: '"Clinical":"Clinical Provision":"Nurse Access Role"',
      role_code: 'S8000:G8000:R8001',
    },
  ],
}

export const SUBJECT = '555012345678'

function jwk(key: KeyObject, kid: string): JWK {
  return { ...(key.export({ format: 'jwk' }) as JWK), kid, use: 'sig' }
}

const SIGNING_KEY = jwk(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey, 'certified/key+1=')

function configurationFor(client: ClientMetadata): Configuration {
  return {
    jwks: { keys: [{ ...SIGNING_KEY, alg: 'RS256' }] },
    clients: [client],
    acrValues: ['AAL1_USERPASS', 'AAL2_OR_AAL3_ANY', 'AAL3_ANY'],
    scopes: [
      'openid',
      'profile',
      'email',
      'nhsperson',
      'nationalrbacaccess',
      'associatedorgs',
      'selectedrole',
      'changedrole',
    ],
    claims: {
      openid: ['sub', 'acr', 'amr', 'authentication_assurance_level', 'id_assurance_level'],
      profile: ['name', 'family_name', 'given_name'],
      email: ['email'],
      nhsperson: ['nhsid_useruid'],
      nationalrbacaccess: ['nhsid_nrbac_roles'],
      associatedorgs: ['nhsid_user_orgs'],
      selectedrole: ['selected_roleid'],
      changedrole: ['selected_roleid'],
    },
    // CIS2's ID token carries the levels and the selected role.
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    cookies: { keys: ['a-key-of-this-test'] },
    enabledJWA: {
      clientAuthSigningAlgValues: [...ALGORITHMS],
      idTokenSigningAlgValues: [...ALGORITHMS],
      userinfoSigningAlgValues: [...ALGORITHMS],
    },
    features: {
      devInteractions: { enabled: false },
      jwtUserinfo: { enabled: true },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (context, form) => {
          context.body = form
        },
      },
    },
    interactions: { url: (_context, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (_context, accountId) => ({ accountId, claims: () => ({ sub: accountId, ...CLAIMS }) }),
    loadExistingGrant: async ({ oidc }) => {
      const grant = new oidc.provider.Grant({
        accountId: oidc.session?.accountId ?? '',
        clientId: oidc.client?.clientId ?? '',
      })
      grant.addOIDCScope([...oidc.requestParamScopes].join(' '))
      await grant.save()
      return grant
    },
    // It would not call loopback by itself.
    fetch: (address, { dispatcher: _dispatcher, ...options }: RequestInit & { dispatcher?: unknown }) =>
      globalThis.fetch(address, options),
  } as Configuration
}

export class CertifiedProvider {
  readonly clientId = '123456789012.apps.national'
  readonly refusals: string[] = []
  readonly #server: Server
  #provider: Provider | undefined
  #opened: () => void = () => undefined
  readonly #isOpen = new Promise<void>((resolve) => (this.#opened = resolve))

  private constructor(server: Server) {
    this.#server = server
  }

  /** Listens; answers once its client is known. */
  static async listen(): Promise<CertifiedProvider> {
    const server = createServer()
    // On a busy machine a client may reuse a connection at the moment that its time is over.
    server.keepAliveTimeout = 60_000
    const self = new CertifiedProvider(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    server.on('request', (req: IncomingMessage, res: ServerResponse) => {
      void self.#serve(req, res)
    })
    return self
  }

  get issuer(): string {
    return `http://127.0.0.1:${String((this.#server.address() as AddressInfo).port)}`
  }

  async register(client: Omit<ClientMetadata, 'client_id'>): Promise<void> {
    const { default: CertifiedImplementation } = await import('oidc-provider')
    const configuration = configurationFor({ ...client, client_id: this.clientId })
    const provider = new CertifiedImplementation(this.issuer, configuration)
    const note = (_context: unknown, error: Error) => {
      this.refusals.push(error.message)
    }
    provider.on('grant.error', note)
    provider.on('authorization.error', note)
    provider.on('userinfo.error', note)
    provider.on('backchannel.error', note)
    provider.on('server_error', note)
    this.#provider = provider
    this.#opened()
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  async #serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
    await this.#isOpen
    const provider = this.#provider
    if (provider === undefined) return
    if (req.url?.startsWith('/interaction/') !== true) {
      await provider.callback()(req, res)
      return
    }
    // Signs the one person in without a page.
    const login = { accountId: SUBJECT, acr: 'AAL3_ANY', amr: ['N3_SMARTCARD'] }
    await provider.interactionFinished(req, res, { login }, { mergeWithLastSubmission: false })
  }
}
