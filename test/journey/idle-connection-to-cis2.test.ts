/** What networks do to a connection to CIS2 that nobody uses. */
import { ScriptedProvider } from '../support/app/scripted-provider.js'
import { startApp, type TestApp } from '../support/app/start-app.js'
import { startProxy, type TcpProxy } from '../support/redis/tcp-proxy.js'

let provider: ScriptedProvider
let way: TcpProxy
let app: TestApp

beforeEach(async () => {
  provider = await ScriptedProvider.start()
  way = await startProxy(Number(new URL(provider.issuer).port))
  app = await startApp({
    provider,
    options: {
      fetch(address, init) {
        const over = new URL(address instanceof Request ? address.url : address)
        over.port = String(way.port)
        return fetch(over, init)
      },
    },
  })
})

afterEach(async () => {
  await app.stop()
  await way.stop()
  await provider.stop()
})

it('FIELD-2 a sign-in costs no other its answer: where CIS2 keeps connections for minutes none is left for a firewall to forget', async () => {
  // The provider's answers say that it keeps connections for a minute, and Node's fetch would.
  provider.secondsIdle = 60
  for (let signIns = 0; signIns < 3; signIns++) {
    expect(await app.signIn(app.browser())).toMatchObject({ status: 303 })
    way.forgetAll()
  }
  expect(way.sentInVain).toBe(0)
  expect(app.eventsOf('provider.unavailable')).toEqual([])
})

it('where CIS2 keeps a connection for seconds only, the next sign-in has it', async () => {
  provider.secondsIdle = 10
  const before = way.connections
  for (let signIns = 0; signIns < 4; signIns++) {
    expect(await app.signIn(app.browser())).toMatchObject({ status: 303 })
  }
  expect(way.connections - before).toBeLessThanOrEqual(2)
  // From now on it keeps them for longer: the answer that says so is the last on its connection but one.
  provider.secondsIdle = 60
  expect(await app.signIn(app.browser())).toMatchObject({ status: 303 })
  way.forgetAll()
  expect(await app.signIn(app.browser())).toMatchObject({ status: 303 })
  expect(way.sentInVain).toBe(0)
})
