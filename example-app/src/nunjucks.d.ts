/** As much of nunjucks as the clinic uses. (Or install `@types/nunjucks`.) */
declare module 'nunjucks' {
  import type { Express } from 'express'

  interface Environment {
    addFilter(name: string, filter: (value: number) => string): this
    addGlobal(name: string, value: unknown): this
  }
  interface ConfigureOptions {
    autoescape?: boolean
    throwOnUndefined?: boolean
    express?: Express
  }
  const nunjucks: { configure(paths: string[], options: ConfigureOptions): Environment }
  export default nunjucks
}
