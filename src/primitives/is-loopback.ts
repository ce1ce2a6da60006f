/**
 * Whether a URL's host can only be this machine. Names other than `localhost` are not resolved.
 *
 * @param hostname - As the URL parser gives it, which has normalised every spelling of an IPv4 address.
 */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(hostname)
}
