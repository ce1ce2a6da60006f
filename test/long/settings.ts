/** What `npm run test:long` was asked for. */
export const LONG_MINUTES = Number(process.env.CIS2_LONG_MINUTES ?? 10)
export const LONG_SEED = Number(process.env.CIS2_LONG_SEED ?? 1)
/** How often each fault comes. */
export const ROUNDS = Math.max(1, Math.min(10, Math.round(LONG_MINUTES)))
/** Guarded requests in a second, of a rolling deploy: `--rate`. */
export const LONG_RATE = Number(process.env.CIS2_LONG_RATE ?? 200)
/** The commit whose build runs beside this one: `--before`. */
export const LONG_BEFORE = process.env.CIS2_LONG_BEFORE ?? 'HEAD~1'
/** How many cases of a proof: `--count`. Each has its own measure otherwise. */
export const LONG_COUNT = process.env.CIS2_LONG_COUNT === undefined ? undefined : Number(process.env.CIS2_LONG_COUNT)
/** A proof ends then at the latest, with what it has tried, in milliseconds: `--minutes`, when it is given with `--count`. */
export const LONG_MOST =
  process.env.CIS2_LONG_MOST === undefined ? Number.MAX_SAFE_INTEGER : Number(process.env.CIS2_LONG_MOST)
/** The one case of a proof to run again: `--case`. */
export const LONG_CASE = process.env.CIS2_LONG_CASE === undefined ? undefined : Number(process.env.CIS2_LONG_CASE)
/** Processes that share a proof: `--processes`. */
export const LONG_PROCESSES = Number(process.env.CIS2_LONG_PROCESSES ?? 2)
