/** An address of the application as browsers and CIS2 know it: whatever `Host` says, it is made of `baseUrl`. */
export function publicAddress(
  { origin, path }: { readonly origin: string; readonly path: string },
  below = '',
): string {
  return `${origin}${path}${below}`
}
