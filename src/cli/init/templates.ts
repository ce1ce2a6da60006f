/** What `express-cis2 init` writes: an application that runs against the simulator, and its first test. */

export interface Language {
  readonly typescript: boolean
}

/** Where the simulator shows itself by default. */
const ISSUER = 'http://127.0.0.1:9000/openam/oauth2/realms/root/realms/NHSIdentity/realms/Healthcare'

export function applicationText({ typescript }: Language): string {
  const ts = (text: string) => (typescript ? text : '')
  return `/** NHS staff sign in here, by CIS2: npx express-cis2 simulator on this machine, until there is a registration. */
import { existsSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

import express${ts(', { type Express, type RequestHandler }')} from 'express'
import { cis2Auth, cis2UserOf, requireCis2${ts(', type Cis2Options')} } from 'express-cis2'

// In production the variables come from wherever yours do.
if (existsSync('.env')) process.loadEnvFile('.env')

/** With a registration: environment: 'int' in place of issuer, and the method that was agreed. */
export const options${ts(': Cis2Options')} = {
  issuer: process.env.CIS2_ISSUER,
  clientId: process.env.CIS2_CLIENT_ID,
  clientAuthentication: { method: 'client_secret_post', clientSecret: process.env.CIS2_CLIENT_SECRET },
  baseUrl: process.env.CIS2_BASE_URL,
  session: { secret: process.env.SESSION_SECRET, redis: process.env.REDIS_URL },
}

// For: npx express-cis2 doctor --config
export default options

/** A test hands in another "auth". */
export function createApp(auth${ts(': RequestHandler')})${ts(': Express')} {
  const app = express()
  app.use(auth)

  app.get('/', (req, res) => {
    const signOut = '<form method="post" action="/logout"><button>Sign out</button></form>'
    res.send(\`<h1>Clinic</h1><a href="/me">Who am I?</a>\${req.cis2User ? signOut : ''}\`)
  })

  app.get('/me', requireCis2(), (req, res) => {
    const { name, selectedRole } = cis2UserOf(req)
    res.type('text').send(\`Signed in: \${name}, \${selectedRole?.name ?? 'no role'}\`)
  })

  // For clinical practitioners who signed in at assurance level 3.
  app.get('/prescriptions', requireCis2({ aal: 3, roles: ['R8000'] }), (req, res) => {
    res.json({ prescriptions: [], for: cis2UserOf(req).sub })
  })
  return app
}

// Started, and not imported by a test.
if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const auth = cis2Auth(options)
  const { port } = new URL(process.env.CIS2_BASE_URL ?? '')
  // Not as listen's callback: Express 5 calls that for a taken port too.
  const server = createApp(auth).listen(Number(port)).once('listening', () => {
    console.log(\`Open \${process.env.CIS2_BASE_URL}\`)
  })
  process.once('SIGTERM', () => void auth.drain(server))
}
`
}

export function testText({ typescript }: Language): string {
  const file = typescript ? './app.js' : './app.mjs'
  return `/** People sign in, every step of it, against the simulator: no network, no smartcard. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'

import { cis2Auth } from 'express-cis2'
import { startTestCis2${typescript ? ', type TestCis2' : ''} } from 'express-cis2/testing'
import request from 'supertest'

import { createApp } from '${file}'

describe('the application', () => {
  let cis2${typescript ? ': TestCis2' : ''}
  let app${typescript ? ': ReturnType<typeof createApp>' : ''}

  before(async () => {
    cis2 = await startTestCis2()
    app = createApp(cis2Auth(cis2.options()))
  })
  after(() => cis2.stop())

  it('lets in nobody who is not signed in', async () => {
    assert.equal((await request(app).get('/me')).status, 401)
  })

  it('knows who is signed in', async () => {
    const agent = request.agent(app)
    await cis2.signInAs(agent, 'Ngozi Okafor')
    assert.match((await agent.get('/me')).text, /^Signed in: .*Okafor/)
  })

  it('lets a GP prescribe, and not a nurse', async () => {
    const [gp, nurse] = [request.agent(app), request.agent(app)]
    await cis2.signInAs(gp, 'Tom Ashdown')
    await cis2.signInAs(nurse, 'Ngozi Okafor')
    assert.equal((await gp.get('/prescriptions')).status, 200)
    assert.equal((await nurse.get('/prescriptions')).status, 403)
  })
})
`
}

export interface Client {
  readonly clientId: string
  readonly clientSecret: string
}

/** @param secret - Made for this application. */
export function environmentText({ clientId, clientSecret }: Client, secret: string): string {
  return `# For this machine. Not for version control, and not for production.

# The simulator's ready-made client: npx express-cis2 simulator
CIS2_ISSUER=${ISSUER}
CIS2_CLIENT_ID=${clientId}
# No secret: everybody's simulator has it.
CIS2_CLIENT_SECRET=${clientSecret}

CIS2_BASE_URL=http://localhost:3000

# Made for this application. Production has another.
SESSION_SECRET=${secret}

# Sessions in memory, which are gone when the application ends: for development on one machine only.
REDIS_URL=memory
`
}

export function ignoreText(): string {
  return 'node_modules\n.env\n'
}

/** @param name - Of the folder. */
export function manifestText({ typescript }: Language, name: string): string {
  const runner = typescript ? 'tsx' : 'node'
  const [app, test] = typescript ? ['app.ts', 'app.test.ts'] : ['app.mjs', 'app.test.mjs']
  const scripts = { start: `${runner} ${app}`, test: `${runner} --test ${test}` }
  return `${JSON.stringify({ name, private: true, type: 'module', scripts }, null, 2)}\n`
}
