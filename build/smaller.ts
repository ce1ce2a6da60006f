/**
 * Less to download, and no more than that: functions and classes keep their names and lines are short, so that a stack
 * trace can be read. No source maps: they would be twice the size of what they explain.
 */
import { minify } from 'terser'

import { CARRIED, carriedBy } from './require-es-modules.js'

export const smaller = {
  name: 'smaller',
  async generateBundle(_options: unknown, bundle: Readonly<Record<string, Chunk>>) {
    for (const chunk of Object.values(bundle)) {
      if (chunk.type !== 'chunk' || !chunk.fileName.endsWith('.cjs')) continue
      // Of what is carried nobody reads the names: it is in node_modules whole.
      const names = chunk.name === CARRIED ? {} : { keep_fnames: true, keep_classnames: true }
      const { code = '' } = await minify(chunk.code, {
        module: false,
        toplevel: true,
        ecma: 2020,
        compress: { passes: 2, ...names },
        mangle: names,
        format: { comments: /^!/, max_line_len: 400 },
      })
      chunk.code = carriedBy(chunk) + code
    }
  },
}

interface Chunk {
  readonly type: 'chunk' | 'asset'
  readonly name: string
  readonly fileName: string
  readonly moduleIds: readonly string[]
  code: string
}
