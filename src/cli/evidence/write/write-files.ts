/** Puts the documents into a folder. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { CliError, codeOf, messageOf } from '../../io.js'
import { makeFolder } from '../../new-file.js'
import { cycloneDx } from '../facts/components.js'
import type { EvidenceReport } from '../report.js'
import { hazardCsv } from './hazard-csv.js'
import { renderHtml } from './html.js'
import { renderMarkdown } from './markdown.js'

export interface WrittenFiles {
  readonly written: readonly string[]
  /** Those that people write into, and that were there. */
  readonly kept: readonly string[]
}

/** Overwrites what it has made before, but not a hazard log: people write into that. */
export async function writeFiles(report: EvidenceReport, folder: string): Promise<WrittenFiles> {
  await makeFolder(folder)
  const files: [name: string, text: string][] = [
    ['evidence.html', renderHtml(report)],
    ['evidence.md', renderMarkdown(report)],
    ['evidence.json', `${JSON.stringify(report, null, 2)}\n`],
    ...(report.components === undefined
      ? []
      : [['sbom.cdx.json', cycloneDx(report.components, report.about.date)] as [string, string]]),
  ]
  const written: string[] = []
  for (const [name, text] of files) written.push(await write(join(folder, name), text))
  const log = join(folder, 'hazard-log.csv')
  const isNew = await writeOnce(log, hazardCsv(report.hazards))
  return { written: [...written, ...(isNew ? [log] : [])], kept: isNew ? [] : [log] }
}

async function write(path: string, text: string): Promise<string> {
  try {
    await writeFile(path, text)
    return path
  } catch (error) {
    throw new CliError(`Cannot write ${path}: ${messageOf(error)}.`, { cause: error, exitCode: 2 })
  }
}

async function writeOnce(path: string, text: string): Promise<boolean> {
  try {
    await writeFile(path, text, { flag: 'wx' })
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw new CliError(`Cannot write ${path}: ${messageOf(error)}.`, { cause: error, exitCode: 2 })
  }
}
