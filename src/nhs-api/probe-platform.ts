/** Whether the platform would take an application's assertions: asked without a user. */
import { ApiTokenError } from '../errors.js'
import { createPlatform, toApiTokenError, type PlatformParts } from './platform.js'

/** What the platform says to a subject token that is none. It looks at it last, when all of the application is proved. */
const ALL_ELSE_IS_RIGHT = 'Malformed JWT in subject_token'

/** Undefined: API key, key set, signature and address are right. Else what the platform found. Never rejects. */
export async function probePlatform(parts: PlatformParts): Promise<ApiTokenError | undefined> {
  const platform = createPlatform(parts)
  try {
    await platform.exchange('no-token')
    return new ApiTokenError('unavailable', 'Something answers with a token for anything: it is not the API platform.')
  } catch (error) {
    const known = toApiTokenError(error)
    return known.message.includes(`"${ALL_ELSE_IS_RIGHT}"`) ? undefined : known
  } finally {
    platform.close()
  }
}
