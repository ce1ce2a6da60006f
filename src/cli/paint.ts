/** What may go to a terminal: colour where it is wanted, and no control characters that others sent. */
import { styleText } from 'node:util'

import type { CliIo, TextSink } from './io.js'

export type Colour = 'green' | 'yellow' | 'red' | 'bold' | 'dim'

export type Paint = (colour: Colour, text: string) => string

/** Paints for a terminal; leaves text alone for a file, a pipe, `NO_COLOR` (no-color.org) and dumb terminals. */
export function createPaint(sink: TextSink, env: CliIo['env']): Paint {
  const wanted = sink.isTTY === true && (env.NO_COLOR ?? '') === '' && env.TERM !== 'dumb'
  return wanted ? (colour, text) => styleText(colour, text, { validateStream: false }) : (_colour, text) => text
}

/** What a server sent may hold escape sequences, which a terminal would obey. */
export function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, '?')
}
