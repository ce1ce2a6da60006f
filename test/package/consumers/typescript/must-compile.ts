// What a user may write, with every type resolved through the package's exports.
import express, { type RequestHandler } from 'express'
import {
  cis2Auth,
  cis2UserOf,
  isCis2Error,
  requireCis2,
  type AssuranceLevel,
  type Cis2Auth,
  type Cis2ErrorCode,
  type Cis2Event,
  type Cis2Options,
  type Cis2Role,
  type Cis2User,
  type Requirement,
} from 'express-cis2'
import { DEMO_CLIENT, startSimulator, theCast, type Simulator, type SimulatorUser } from 'express-cis2/simulator'
import { aUser, fakeCis2Auth, startTestCis2, TestCis2Error, type TestCis2 } from 'express-cis2/testing'
import { Redis } from 'ioredis'
import request from 'supertest'

const options: Cis2Options = {
  environment: 'int',
  clientId: process.env['CIS2_CLIENT_ID'],
  clientAuthentication: { method: 'private_key_jwt', keys: [{ privateKey: process.env['CIS2_PRIVATE_KEY'] }] },
  baseUrl: 'https://clinic.example.nhs.uk',
  session: { secret: [process.env['NEW_SECRET'], process.env['OLD_SECRET']], redis: new Redis({ lazyConnect: true }) },
  onEvent: (event: Cis2Event) => {
    console.log(event.type, event.at)
  },
}

export function build(): express.Express {
  const auth: Cis2Auth = cis2Auth(options)
  const app = express()
  app.use(auth)
  app.get('/me', requireCis2(), (req, res) => {
    const user: Cis2User = cis2UserOf(req)
    const role: Cis2Role | undefined = user.selectedRole
    const level: AssuranceLevel = user.aal
    res.json({ role, level, maybe: req.cis2User?.name, until: req.cis2.session?.idleExpiresAt })
  })
  const requirement: Requirement<express.Request> = {
    anyOf: [{ roles: ['R8000'] }, { activities: ['B0420'], check: (user, req) => user.sub === req.params['sub'] }],
  }
  const guard: RequestHandler = requireCis2(requirement)
  app.get('/guarded/:sub', guard)
  app.post('/leave', async (req, res) => {
    await req.cis2.signOut()
    res.sendStatus(204)
  })
  const onError: express.ErrorRequestHandler = (error: unknown, _req, res, next) => {
    if (!isCis2Error(error)) {
      next(error)
      return
    }
    const code: Cis2ErrorCode = error.code
    if (error.code === 'CIS2_STEP_UP_REQUIRED') res.status(error.status).send(`AAL${String(error.aal)}`)
    else res.status(error.status).send(code)
  }
  app.use(onError)
  return app
}

export async function simulate(): Promise<Simulator> {
  const people: readonly SimulatorUser[] = theCast()
  return startSimulator({ users: people, clients: [DEMO_CLIENT], faults: ['nonce-wrong'] })
}

export async function test(): Promise<void> {
  const cis2: TestCis2 = await startTestCis2()
  const app = express()
  app.use(cis2Auth(cis2.options({ aal: 2, errors: 'next' })))
  const agent = request.agent(app)
  await cis2.signInAs(agent, 'Priya Raman', { aal: 3, role: { code: 'R8001', organisation: 'A99901' } })
  await cis2.changeRole(agent, 'R8016')
  await cis2.stepUp(agent)
  for (const { status } of await cis2.removeSmartcard('Ngozi Okafor')) console.log(status)
  cis2.advance(60)
  await cis2.stop()
  const fake: Cis2Auth = fakeCis2Auth(aUser({ role: 'R8000', aal: 2 }), { errors: 'next' })
  app.use(fake)
  const failure: unknown = new Error()
  if (failure instanceof TestCis2Error) console.log(failure.answer?.reason)
}
