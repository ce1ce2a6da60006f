/** What a part of the document is made of. */

/** How a cell looks; its text says the same. */
export type State = 'good' | 'bad' | 'open'

export interface Cell {
  readonly text: string
  readonly state?: State
}

export type Block =
  | { readonly kind: 'paragraph'; readonly text: string }
  | { readonly kind: 'heading'; readonly text: string; readonly anchor: string }
  | {
      readonly kind: 'table'
      readonly caption: string
      readonly columns: readonly string[]
      readonly rows: readonly (readonly Cell[])[]
    }
  /** `words` say in Markdown what the picture shows. */
  | { readonly kind: 'picture'; readonly svg: string; readonly name: string; readonly words: string }

/** Texts, where a cell has no state. */
export type Row = readonly (string | Cell)[]

export function table(caption: string, columns: readonly string[], rows: readonly Row[]): Block {
  const cells = rows.map((row) => row.map((cell) => (typeof cell === 'string' ? { text: cell } : cell)))
  return { kind: 'table', caption, columns, rows: cells }
}

export function paragraph(text: string): Block {
  return { kind: 'paragraph', text }
}
