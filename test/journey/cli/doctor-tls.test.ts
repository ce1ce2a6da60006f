import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer, type SecureVersion, type Server } from 'node:tls'

import { checkTls } from '../../../src/cli/doctor/check-tls.js'
import { parseOptions } from '../../../src/options/parse-options.js'
import { makeCertificate, type Certificate } from '../../../src/simulator/certificate.js'
import { healthyOptions } from '../../support/commands/doctor-case.js'

describe('checkTls', () => {
  let certificate: Certificate
  const servers: Server[] = []

  beforeAll(async () => {
    certificate = await makeCertificate(['localhost'])
  })
  afterAll(() => {
    for (const server of servers) server.close()
  })

  /** An address where TLS from this version to that is taken. */
  async function serve(minVersion: SecureVersion, maxVersion: SecureVersion): Promise<string> {
    const { privateKey, certificate: cert } = certificate
    const server = createServer({ key: privateKey, cert, minVersion, maxVersion, ciphers: 'DEFAULT@SECLEVEL=0' })
    server.on('tlsClientError', () => undefined)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    servers.push(server)
    return `https://localhost:${String((server.address() as AddressInfo).port)}`
  }

  const check = (baseUrl: string) => checkTls(parseOptions(healthyOptions({ baseUrl })))

  it('is content with an address that takes 1.2 and 1.3 alone', async () => {
    const address = await serve('TLSv1.2', 'TLSv1.3')
    expect(await check(address)).toEqual([
      { check: 'tls-versions', outcome: 'ok', message: `${address} refuses TLS 1.0 and 1.1` },
    ])
  })

  it.each<[SecureVersion, SecureVersion, string]>([
    ['TLSv1', 'TLSv1.3', 'takes TLSv1 and TLSv1.1'],
    ['TLSv1.1', 'TLSv1.2', 'takes TLSv1.1'],
    ['TLSv1', 'TLSv1', 'takes TLSv1'],
  ])('names the old versions of %s to %s', async (from, to, says) => {
    const [finding] = await check(await serve(from, to))
    expect(finding).toMatchObject({ check: 'tls-versions', outcome: 'problem' })
    expect(finding?.message).toMatch(new RegExp(`${says}$`))
    expect(finding?.cause).toContain('Sec Req 003')
  })

  it('leaves it to others to say that nothing answers, and asks no http address', async () => {
    expect(await check('https://localhost:1')).toEqual([])
    expect(await check('http://localhost:1')).toEqual([])
  })
})
