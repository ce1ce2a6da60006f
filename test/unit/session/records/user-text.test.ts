import { deflateRawSync } from 'node:zlib'

import { packText, unpackText } from '../../../../src/session/records/user-text.js'
import { thrownBy } from '../../../support/thrown-by.js'

const COMPRESSED = Buffer.of(1)

describe('the text of a user in the store', () => {
  it('is kept as it is, with one byte that says so, below 8 KB', () => {
    const text = 'é'.repeat(4095)
    expect(packText(text)).toEqual(Buffer.concat([Buffer.of(0), Buffer.from(text)]))
    expect(unpackText(packText(text))).toBe(text)
  })

  it('is compressed from 8 KB of UTF-8 on', () => {
    const text = 'é'.repeat(4096)
    const packed = packText(text)
    expect(packed.subarray(0, 1)).toEqual(COMPRESSED)
    expect(packed.length).toBeLessThan(100)
    expect(unpackText(packed)).toBe(text)
  })

  it('is never unpacked to more than 1 MB', () => {
    const packed = (bytes: number) => Buffer.concat([COMPRESSED, deflateRawSync(Buffer.alloc(bytes, 'x'))])
    expect(unpackText(packed(1_048_576))).toHaveLength(1_048_576)
    expect(thrownBy(() => unpackText(packed(1_048_577)))).toMatchObject({ code: 'ERR_BUFFER_TOO_LARGE' })
  })
})
