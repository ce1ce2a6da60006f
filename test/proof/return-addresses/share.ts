/** One process of the proof of return addresses. */
import { once } from 'node:events'

import { tellResult, type Share, type ShareMessage } from '../shares.js'
import { tryAddresses } from './try-addresses.js'
import { VALIDATORS } from './validators.js'

const [share] = (await once(process, 'message')) as [Share]
const tell = (message: ShareMessage) => process.send?.(message)
const { user, system } = process.cpuUsage()
const end = performance.now() + share.milliseconds
const found = tryAddresses(VALIDATORS, share, ({ count, failures }) => {
  tell({ done: count, failures })
  return performance.now() < end
})
const used = process.cpuUsage({ user, system })
await tellResult({ ...found, cpuSeconds: (used.user + used.system) / 1e6 })
