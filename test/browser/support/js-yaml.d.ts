/** As much of js-yaml as the tests use. */
declare module 'js-yaml' {
  export function load(text: string): unknown
}
