/** A build of declarations alone. tsdown has an option for it, which CommonJS builds do not heed. */
export const typesOnly = {
  name: 'types-only',
  generateBundle(_options: unknown, bundle: Record<string, unknown>) {
    for (const name of Object.keys(bundle)) {
      if (!name.endsWith('.d.cts')) Reflect.deleteProperty(bundle, name)
    }
  },
}
