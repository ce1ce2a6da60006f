/** A function that makes middleware, handed to Express in the place of what it makes, is called with a request. */
import { ConfigError } from '../errors.js'

/** Throws `ConfigError` when the settings are a request: nobody called the function that should have made the handler. */
export function assertCalled(settings: unknown, sentence: string): void {
  if (isRequest(settings)) throw new ConfigError([sentence])
}

/** By what every request has and no settings do; a test's own request need not be of Node's class. */
function isRequest(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  try {
    return ['method', 'url', 'headers'].every((name) => name in value) && !Object.hasOwn(value, 'clientId')
  } catch {
    // Whoever reads the settings says what is wrong with them.
    return false
  }
}
