/** The `state` that comes back: ours, or anybody's. */
import { createSignInStates } from '../../../src/session/pending/sign-in-state.js'
import { deriveSecrets } from '../../../src/session/records/session-secrets.js'
import { hold, type FuzzTarget } from './target.js'

const NOW = Date.UTC(2030, 0, 1)
const states = createSignInStates(
  deriveSecrets({
    secrets: ['a secret of the fuzzer, no other', 'an older secret of the fuzzer.'],
    keyPrefix: 'fuzz:',
  }),
)
const issued = [states.issue(NOW, false), states.issue(NOW - 3_600_000, true)]
/** As version 0.1 wrote them. */
const genuine = new Set(issued.flatMap(({ text }) => [text, Buffer.from(text, 'hex').toString('base64url')]))

export const state: FuzzTarget = {
  name: 'state',
  // A letter for which state is changed, then what is laid over it; or any text.
  seeds: ['0', '1', '2\0\0\0\0\0\0\x01', '3\0', 'x' + '0'.repeat(78), 'x' + '-'.repeat(52), 'x' + 'A'.repeat(52)],
  maxBytes: 200,
  run(input) {
    const text = textOf(input)
    const read = states.read(text, NOW)
    hold((read !== undefined) === genuine.has(text), 'a state is read exactly when we made it')
    if (read === undefined) return
    hold(read.text === text, 'what was read is the text itself')
    hold(read.expired === read.issuedAt * 1000 < NOW - 1_000_000, 'the old one has expired, and no other')
    hold(read.restarted === read.expired, 'only the old one was restarted')
  },
}

function textOf(input: Buffer): string {
  const chosen = [...genuine][(input[0] ?? 0) - 0x30]
  const rest = input.subarray(1)
  if (chosen === undefined) return rest.toString('latin1')
  const bytes = Buffer.from(chosen)
  for (const [index, byte] of rest.entries()) if (index < bytes.length) bytes[index] = (bytes[index] ?? 0) ^ byte
  return bytes.toString('latin1')
}
