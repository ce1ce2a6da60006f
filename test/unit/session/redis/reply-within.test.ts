import { NoReply, replyWithin } from '../../../../src/session/redis/reply-within.js'

describe('replyWithin', () => {
  it('rejects when there is no reply in time', async () => {
    await expect(replyWithin(new Promise(() => {}), 1)).rejects.toThrow(NoReply)
  })

  it('FIELD-5 looks twice: what was read in time may take TLS another turn', async () => {
    const reply = new Promise<string>((resolve) => {
      // The timers fire together, the other one first; what was read is decrypted after the first look.
      setImmediate(() => {
        answered = replyWithin(reply, 5)
        setTimeout(() => setImmediate(resolve, 'reply'), 5)
      })
    })
    let answered: Promise<string> | undefined
    expect(await reply).toBe('reply')
    await expect(answered).resolves.toBe('reply')
  })

  it('passes on what the reply rejects with', async () => {
    await expect(replyWithin(Promise.reject(new Error('refused')), 1_000)).rejects.toThrow('refused')
  })
})
