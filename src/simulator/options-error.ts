/** What is thrown for settings that cannot be right. */

/** The simulator was started, or changed, with settings that cannot be right. Lists every problem. */
export class SimulatorOptionsError extends Error {
  readonly code = 'SIMULATOR_OPTIONS'
  /** One sentence for each problem, naming its field. */
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(`The simulator's options are wrong:\n${problems.map((problem) => `- ${problem}`).join('\n')}`)
    this.name = 'SimulatorOptionsError'
    this.problems = Object.freeze([...problems])
  }
}
