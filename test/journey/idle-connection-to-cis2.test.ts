/** What networks do to a connection to CIS2 that nobody uses. */
import { ScriptedProvider } from '../support/app/scripted-provider.js'
import { startApp } from '../support/app/start-app.js'
import { startProxy } from '../support/redis/tcp-proxy.js'

it('FIELD-2 a sign-in costs no other its answer: no connection to CIS2 is left for a firewall to forget', async () => {
  const provider = await ScriptedProvider.start()
  const way = await startProxy(Number(new URL(provider.issuer).port))
  const app = await startApp({
    provider,
    options: {
      fetch(address, init) {
        const over = new URL(address instanceof Request ? address.url : address)
        over.port = String(way.port)
        // The provider's answers say that it keeps connections for a minute, and Node's fetch would.
        return fetch(over, init)
      },
    },
  })
  for (let signIns = 0; signIns < 3; signIns++) {
    expect(await app.signIn(app.browser())).toMatchObject({ status: 303 })
    way.forgetAll()
  }
  expect(way.sentInVain).toBe(0)
  expect(app.eventsOf('provider.unavailable')).toEqual([])
  await app.stop()
  await way.stop()
  await provider.stop()
})
