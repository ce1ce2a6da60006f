// The simulator, as the OpenID provider of every server that needs one.
import { settings } from './support/serve.mjs'
import { simulatorUser } from './support/user.mjs'

const { startSimulator } = await import(settings.simulator)
const simulator = await startSimulator({ users: [simulatorUser()], clients: [] })

process.on('message', (client) => {
  simulator.addClient(client)
  process.send({})
})
process.once('disconnect', () => process.exit(0))
process.send({ url: simulator.url, issuer: simulator.issuer })
