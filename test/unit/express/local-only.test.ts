import type { Request } from 'express'

import { assertLocal } from '../../../src/express/local-only.js'
import type { Cis2Config } from '../../../src/options/cis2-config.js'

const from = (remoteAddress: string | undefined) => ({ socket: { remoteAddress } }) as unknown as Request
const keptIn = (redis: string) => ({ session: { redis } }) as unknown as Cis2Config

describe('FIELD-16 sessions in memory', () => {
  it.each(['127.0.0.1', '127.8.9.1', '::1', '::ffff:127.0.0.1', undefined])('answer this machine: %s', (address) => {
    assertLocal(from(address), keptIn('memory'))
  })

  it.each(['10.0.0.7', '192.168.1.2', '::ffff:10.0.0.7', '2001:db8::1', '127.0.0.1.example'])(
    'answer nobody else: %s',
    (address) => {
      expect(() => {
        assertLocal(from(address), keptIn('memory'))
      }).toThrow(expect.objectContaining({ code: 'CIS2_CONFIG' }) as Error)
      assertLocal(from(address), keptIn('redis://10.0.0.1'))
    },
  )
})
