/** Secrets among the options: present, long, and not somebody's example. */
import { environmentText } from './schemas.js'

/** Least length of a secret that seals sessions. */
const MIN_SECRET_CHARACTERS = 32

/** Random text of that length has far more: 32 hex digits have fewer than 8 different ones once in ten million. */
const MIN_DIFFERENT_CHARACTERS = 8

/** Found in tutorials and templates, hence in everybody's word lists. */
const EXAMPLES = /change.?(me|it|this)|keyboard.?cat|replace.?(me|with|this)|your.?(session.?)?secret|placeholder/i

/** A secret that seals sessions. */
export const sealingSecret = environmentText
  .min(MIN_SECRET_CHARACTERS, `must have at least ${MIN_SECRET_CHARACTERS} characters`)
  .refine((secret) => secret.length < MIN_SECRET_CHARACTERS || !isEasilyGuessed(secret), {
    error: 'is easily guessed; make one with: openssl rand -base64 32',
  })

function isEasilyGuessed(secret: string): boolean {
  return new Set(secret).size < MIN_DIFFERENT_CHARACTERS || EXAMPLES.test(secret)
}
