/** FIELD-16: under which names the simulator may be reached. */
import { request } from 'node:http'

import { type Simulator, startSimulator } from 'express-cis2/simulator'

let simulator: Simulator

beforeAll(async () => {
  simulator = await startSimulator({ issuer: 'https://am.cis2.example:443/openam' })
})
afterAll(() => simulator.stop())

function askAs(host: string, path = '/simulator/requests.json', method = 'GET'): Promise<[number | undefined, string]> {
  return new Promise((resolve, reject) => {
    const sent = request(simulator.url + path, { method, headers: { host } }, (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (text: string) => (body += text))
      response.on('end', () => {
        resolve([response.statusCode, body])
      })
    })
    sent.on('error', reject).end()
  })
}

describe('FIELD-16 the simulator, against DNS rebinding,', () => {
  it.each([
    'localhost:9000',
    'LOCALHOST',
    'clinic.localhost:9000',
    '127.0.0.1:9000',
    '192.168.1.7:9000',
    '[::1]:9000',
    'simulator:9000',
    'dev_machine',
    'am.cis2.example',
    'am.cis2.example:443',
    'AM.cis2.example.',
  ])('answers as %s, which no stranger can own or which it was given', async (host) => {
    expect((await askAs(host))[0]).toBe(200)
  })

  it.each([
    'evil.example',
    'evil.example:9000',
    '127.0.0.1.evil.example',
    'localhost.evil.example',
    'am.cis2.example.evil.example',
    'evil.example@localhost',
    'localhost@evil.example',
    'localhost/evil.example',
    'localhost:99999',
  ])('answers nothing as %j', async (host) => {
    const [status, body] = await askAs(host)
    expect(status).toBe(421)
    expect(body).toContain(`Use ${simulator.url}, or give the simulator this name`)
    expect(simulator.requests.at(-1)).toMatchObject({
      status: 421,
      refusal: `Host ${JSON.stringify(host)} is no name of this machine`,
    })
  })

  it.each(['/', '/simulator/sessions', '/openam/.well-known/openid-configuration', '/nothing'])(
    'refuses before it looks at %s',
    async (path) => {
      expect((await askAs('evil.example', path))[0]).toBe(421)
      expect((await askAs('evil.example', path, 'POST'))[0]).toBe(421)
    },
  )
})
