/** Whatever goes wrong with what the application wrote is a `ConfigError`. */
import { ConfigError } from '../errors.js'

/**
 * What the work returns. Whatever it throws becomes a `ConfigError` with this problem and the thrown one's kind; never its
 * message, which may repeat an address with its password, or a key.
 */
export function orConfigError<T>(problem: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof ConfigError) throw error
    throw new ConfigError([`${problem} (${kindOf(error)})`])
  }
}

function kindOf(error: unknown): string {
  if (!(error instanceof Error)) return `it throws a value of type ${typeof error}`
  return 'code' in error && typeof error.code === 'string' ? `${error.name}, ${error.code}` : error.name
}
