/** Stops calling CIS2 for a while once it has failed several times in a row, by failures that no stranger can cause. */
import { ProviderUnavailableError } from '../errors.js'
import {
  createCircuitBreaker,
  type CircuitBreaker,
  type CircuitBreakerOptions,
  type Verdict,
} from '../outbound/circuit-breaker.js'
import { Fault } from '../outbound/fault.js'

/** `onDoubted`: CIS2 cannot serve one code after another: an outage, or somebody invents codes. */
export type ProviderCircuitBreakerOptions = Required<
  Pick<CircuitBreakerOptions, 'onOpened' | 'onDoubted' | 'onClosed'>
> &
  Pick<CircuitBreakerOptions, 'now'>

/** Refuses with a {@link ProviderUnavailableError}, and only such an error counts as a failure of CIS2. */
export function createProviderCircuitBreaker(options: ProviderCircuitBreakerOptions): CircuitBreaker {
  return createCircuitBreaker({
    ...options,
    judge,
    refuse: (retryAfterSeconds) =>
      new ProviderUnavailableError('The last sign-ins could not be completed; none is tried for some seconds.', {
        retryAfterSeconds,
      }),
  })
}

/** A refused sign-in is an answer, and shows that CIS2 is there. */
function judge(error: unknown): Verdict {
  if (!(error instanceof ProviderUnavailableError)) return 'answer'
  return isAboutOneCode(error) ? 'doubt' : 'failure'
}

/** Anybody can bring an invented code, and make CIS2 answer that it cannot serve it: that must close the door to nobody else. */
function isAboutOneCode({ cause }: ProviderUnavailableError): boolean {
  return cause instanceof Fault && cause.aboutOneCode
}
